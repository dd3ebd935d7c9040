"""Tests of duty rosters, ladders and warnings."""
