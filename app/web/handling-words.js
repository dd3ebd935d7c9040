// The texts of the page for those who mend: a unit's people, and a contractor who comes by a link.
import { learn } from "./words.js";
import "./report-words.js";

learn({
  brand_handling: ["处置", "Handling"],
  handling_privacy: ["这里看不到是谁上报的,请勿打听。", "Nothing here says who reported. Please do not ask around."],
  handling_only: ["给承办单位的人用;施工队请用收到的链接。", "For the people of handling units; contractors use the link they were sent."],
  handling_none: ["没有要处置的。", "Nothing to handle."],
  handling_link_over: ["链接已失效,请向派活的人要新的。", "The link is over: ask who sent it for a new one."],
  handling_for: ["{label} · 链接有效到 {when}", "{label} · the link holds until {when}"],
  handling_due: ["期限 {when}", "Due {when}"],
  handling_due_rough: ["暂定", "provisional"],
  handling_task: ["任务:{what}", "Task: {what}"],
  move_take_on: ["接下,开始处置", "Take it on"],
  move_make_safe: ["已排险(还没修好)", "Made safe, not yet repaired"],
  move_resolve: ["已修好", "It is mended"],
  move_return: ["不属于我们,退回", "Not ours: send it back"],
  handling_photo: ["修好后的照片", "Photo of the repair"],
  handling_text: ["做了什么", "What was done"],
  handling_why: ["为什么", "Why"],
  handling_sent: ["已提交", "Sent"],
  handling_tasks: ["协办任务", "Tasks"],
  handling_cases: ["主办案件", "Cases"],
  handling_back: ["返回列表", "Back to the list"],
  handling_tasks_open: ["协办单位还没有做完,做完后才能报修好。", "Other units are not done: it can be resolved once they are."],
  handling_waits: ["等待核查,谢谢!", "It waits to be checked. Thank you!"],
});
