"""What a process keeps in memory and how PostgreSQL tells it that something changed."""
