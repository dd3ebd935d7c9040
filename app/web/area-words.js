// The texts of looking up a division, Chinese and English.
import { learn } from "./words.js";

learn({
  area_find: ["查找", "Look"],
  area_none: ["没有找到", "Nothing found"],
  area_narrower: ["同名的多时,前面加县区或街道,空一格:肃州区 新民社区", "Where many bear the name, put the county or street before it, with a space"],
  area_name: ["县区、街道或社区名", "Name of a county, street or community"],
});
