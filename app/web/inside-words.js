// The texts for who is inside, Chinese and English.
import { learn } from "./words.js";

learn({
  inside_closed: ["驿站关门了，请带好东西离开。", "The station has closed: please take your things and leave."],
  inside_closing: ["驿站 {time} 关门，请提前收拾。", "The station closes at {time}: please get ready."],
  door_code: ["看门锁密码", "Show the door's code"],
  door_code_hint: ["请不要告诉别人。一分钟后隐藏。", "Keep it to yourself. Hidden after a minute."],
  door_code_none: ["密码还没有登记，请打驿站电话。", "No code is on record: please call the station."],
});
