// The texts of the public map, Chinese and English; states and categories have theirs already.
import { learn } from "./words.js";

learn({
  map_title: ["随手拍地图", "Map of hazards"],
  map_hint: ["隐患地图:拖动、放大;下面的列表内容相同", "Map of hazards: drag and zoom; the list below says the same"],
  map_privacy: [
    "只显示工作人员同意公开的案件,看不到是谁报的。少于 5 件的格子不写数目。",
    "Only what staff made public; nobody sees who reported. Of fewer than 5 the number is not told.",
  ],
  map_category: ["类别", "Category"],
  map_every: ["全部", "All"],
  map_states: ["进展", "Progress"],
  map_open: ["还没解决", "Not yet solved"],
  map_done: ["已解决", "Solved"],
  map_place: ["地方", "Place"],
  map_whole: ["全省", "The province"],
  map_mine: ["我的位置", "Where I am"],
  map_closer: ["放大", "Zoom in"],
  map_wider: ["缩小", "Zoom out"],
  map_cells: ["{n} 处有公开的案件。放大看每一件。", "Public cases in {n} places. Zoom in to see each."],
  map_points: ["这里有 {n} 件公开的案件", "Public cases here: {n}"],
  map_more: ["这里有 {n} 件以上,放大看其余", "More than {n} here: zoom in for the rest"],
  map_none: ["这里没有公开的案件", "No public cases here"],
  map_count: ["{n} 件", "{n} cases"],
  map_few: ["不到 {n} 件", "Fewer than {n}"],
  map_from: ["离 {place} {distance}", "{distance} from {place}"],
  map_unit: ["处置单位:{unit}", "Handled by {unit}"],
  map_due: ["期限:{time}", "Due {time}"],
});
