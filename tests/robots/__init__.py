"""Robots in group chats."""
