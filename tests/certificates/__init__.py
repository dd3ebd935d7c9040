"""Certificates of service."""
