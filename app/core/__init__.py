"""What every layer may use: settings, database, errors, caller, coordinates, ids, time, paging, logging."""
