// The texts of choosing a place by hand, Chinese and English.
import { learn } from "./words.js";

learn({
  seat: ["县区", "County"],
  coordinates: ["纬度, 经度", "Latitude, longitude"],
  coord_type: ["坐标来自", "Taken from"],
  coord_choose: ["请选择", "Choose"],
  coord_wgs84: ["GPS / 手机", "GPS / phone"],
  coord_gcj02: ["高德 / 腾讯 / 微信", "AMap / Tencent / WeChat"],
  coord_bd09: ["百度", "Baidu"],
  use_place: ["用这个位置", "Use this place"],
  bad_pair: ["请写成：纬度, 经度，例如 35.5428, 106.6651", "Write: latitude, longitude, like 35.5428, 106.6651"],
});
