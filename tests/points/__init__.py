"""Points: given by rules, kept in books that balance, spent at stations."""
