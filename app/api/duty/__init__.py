"""The routes of duty rosters, ladders and warnings."""
