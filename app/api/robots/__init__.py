"""Robots: which group chats of staff are told."""
