"""The open feed of stations, in the form of GBFS 3.0."""
