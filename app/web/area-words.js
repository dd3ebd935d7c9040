// The texts of looking up a division, Chinese and English.
import { learn } from "./words.js";

learn({
  area_find: ["查找", "Look"],
  area_none: ["没有找到", "Nothing found"],
  area_name: ["县区、街道或社区名", "Name of a county, street or community"],
});
