"""Making copies of pictures, in processes of their own."""
