"""Nuanfeng (暖蜂): warm stations, hazard reports and volunteering for riders, couriers and drivers."""
