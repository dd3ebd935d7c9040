"""Nuanfeng (暖蜂): warm stations, hazard reports and volunteering for riders, couriers and drivers."""

__version__ = "0.1.0"
