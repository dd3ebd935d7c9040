// The texts of lists that offices bring in, Chinese and English.
import { learn } from "./words.js";

learn({
  list_hint: ["先选文件,只检查,不写入;看过结果再决定。", "Choose the file: it is only checked. You decide when you have seen what it would do."],
  list_template: ["下载空表", "Take an empty form"],
  list_file: ["名单文件(Excel 或 CSV)", "The list (Excel or CSV)"],
  list_reading: ["正在检查…", "Checking…"],
  list_found: ["“{sheet}”:新增 {created},更新 {updated},不变 {unchanged},有错 {refused}", "“{sheet}”: {created} new, {updated} changed, {unchanged} the same, {refused} wrong"],
  list_ignored: ["没有用到的列:{columns}", "Columns not used: {columns}"],
  list_bad: ["有错的 {n} 行", "{n} wrong rows"],
  list_hints: ["请留意的 {n} 行", "{n} rows to look at"],
  list_changes: ["有变化的 {n} 行", "{n} rows that change"],
  list_row: ["第 {n} 行", "Row {n}"],
  list_more: ["还有 {n} 行。", "{n} more."],
  list_far: ["离所在社区远的位置,我核对过,没有错", "I have checked the places that lie far from their community"],
  list_marked: ["下载标出错误的表", "Take the table with the errors marked"],
  list_write: ["写入 {n} 行", "Write {n} rows"],
  list_write_good: ["只写入没有错的 {n} 行,跳过 {refused} 行", "Write the {n} right rows, leave {refused} out"],
  list_written: ["已写入:新增 {created},更新 {updated}。", "Written: {created} new, {updated} changed."],
});
