"""The station's own screens and papers: the tablet with the rotating code, the code for the wall."""
