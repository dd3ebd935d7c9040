"""The words of weather alerts: fourteen kinds and four colours, blue below yellow below orange below red.

Source: order 16/2007 of the China Meteorological Administration (气象灾害预警信号发布与传播办法).
The colours' order and eight of the kinds were read in the project's handbook; the other six come from memory.
"""

from enum import StrEnum


class WeatherKind(StrEnum):
    """What is coming."""

    TYPHOON = "typhoon"  # 台风
    RAIN = "rain"  # 暴雨
    SNOW = "snow"  # 暴雪
    COLD_WAVE = "cold_wave"  # 寒潮
    GALE = "gale"  # 大风
    SANDSTORM = "sandstorm"  # 沙尘暴
    HEAT = "heat"  # 高温
    DROUGHT = "drought"  # 干旱
    THUNDER = "thunder"  # 雷电
    HAIL = "hail"  # 冰雹
    FROST = "frost"  # 霜冻
    FOG = "fog"  # 大雾
    HAZE = "haze"  # 霾
    ROAD_ICE = "road_ice"  # 道路结冰


class AlertColour(StrEnum):
    """How bad, the mildest first."""

    BLUE = "blue"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"
