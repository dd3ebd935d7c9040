// Every text of the pages, Chinese and English, and how instants read. Times are the station's: UTC+8.
const WORDS = {
  brand: ["暖蜂", "Nuanfeng"],
  other_language: ["English", "中文"],
  to_report: ["随手拍", "Report a hazard"],
  to_map: ["隐患地图", "Map of hazards"],
  to_volunteer: ["志愿服务", "Volunteer"],
  to_inbox: ["消息", "Messages"],
  to_manage: ["驿站管理入口", "For station staff"],
  privacy: [
    "不登录也能找驿站。位置只在你点按钮时用一次。",
    "No sign-in needed to find a station. Your position is used once, when you tap.",
  ],

  find: ["找最近的驿站", "Nearest station"],
  find_again: ["重新定位", "Locate again"],
  locating: ["正在定位…", "Locating…"],
  asking: ["正在查询…", "Asking…"],
  elsewhere: ["不用定位，换个地方", "Another place, without GPS"],
  no_fix_denied: ["手机没有允许定位。可以在下面选个地方。", "Your phone did not allow GPS. Choose a place below."],
  no_fix: ["没有定位成功。可以再试，或在下面选个地方。", "No position found. Try again or choose a place below."],
  filters: ["筛选", "Filters"],
  filter_hot_water: ["热水", "Hot water"],
  filter_seat: ["有座", "Free seat"],
  filter_charging: ["充电", "Charging"],
  filter_always: ["24小时", "24 hours"],

  found: ["找到 {n} 个开着的驿站", "{n} open stations"],
  found_one: ["找到 1 个开着的驿站", "1 open station"],
  found_none: ["附近没有符合条件、现在开着的驿站", "No open station nearby fits"],
  next_to_open: ["最快开门的", "Next to open"],
  nearest_24h: ["最近的 24 小时驿站", "Nearest 24-hour station"],
  metres: ["直线 {n} 米", "{n} m straight"],
  kilometres: ["直线 {n} 公里", "{n} km straight"],
  open_until: ["开到 {time}", "Open until {time}"],
  open_always: ["24 小时开", "Open 24 hours"],
  open: ["现在开着", "Open now"],
  closing_soon: ["快关门：{time}", "Closing soon: {time}"],
  closed_until: ["关着，{time} 开", "Closed, opens {time}"],
  closed: ["现在关着", "Closed"],
  hours_unknown: ["开门时间不确定", "Hours not certain"],
  hours_provisional: ["节假日安排未公布", "Holiday hours not confirmed"],
  free_seats: ["空座 {free}/{seats}", "Free seats {free}/{seats}"],
  level_empty: ["人很少", "Almost empty"],
  level_many: ["座位多", "Many seats"],
  level_few: ["座位少", "Few seats"],
  level_full: ["满了", "Full"],
  level_not_accepting: ["现在不接待", "Not receiving"],
  level_unknown: ["座位：未知", "Seats: unknown"],
  just_now: ["刚刚", "just now"],
  minutes_ago: ["{n} 分钟前", "{n} min ago"],
  hours_ago: ["{n} 小时前", "{n} h ago"],
  days_ago: ["{n} 天前", "{n} days ago"],
  tomorrow: ["明天 {time}", "tomorrow {time}"],
  on_day: ["{day} {time}", "{day} {time}"],
  entry: ["进门：{what}", "To enter: {what}"],
  invented: ["演示数据", "Demo data"],
  navigate: ["导航", "Map"],
  phone: ["电话", "Call"],
  more: ["更多", "More"],
  wrong: ["到了发现不对？点一下告诉大家：", "Wrong at the door? Tell everybody with one tap:"],
  flag_was_closed: ["关门了", "Closed"],
  flag_was_full: ["没座了", "No seat"],
  flag_no_hot_water: ["没热水", "No hot water"],
  flag_thanks: ["谢谢，已告诉站长", "Thanks, the manager is told"],

  check_in: ["到站打卡", "Check in"],
  check_out: ["离开", "Leave"],
  visiting: ["你在 {name}，{time} 到", "You are at {name} since {time}"],
  visit_hint: ["打卡自愿，只为让别人知道还有没有座。", "Voluntary: it only shows others how many seats are left."],
  checked_out: ["已离开，一路平安", "You left. Ride safely"],
  check_in_kept: ["已记下 {time} 到站。登录后就提交。", "Noted: arrived {time}. Sign in to send it."],
  code_kept: ["已记下现场码，{time}。", "Code noted at {time}."],
  waiting_one: ["1 条记录等网络，有网自动提交", "1 record waits for the network"],
  waiting: ["{n} 条记录等网络，有网自动提交", "{n} records wait for the network"],
  unsigned: ["{n} 条记录等你登录后提交", "{n} records wait until you sign in"],

  offline: ["没有网络", "No network"],
  cached: ["没有网络。下面是 {age} 存下的名单，开门和座位不是最新的。",
    "No network. This list was saved {age}; openings and seats are not current."],
  cached_none: ["没有网络，手机里也还没有存下名单。", "No network, and no list saved on this phone yet."],
  day_off: ["休息", "closed"],
  cached_hours: ["平时：{hours}", "Usually: {hours}"],
  failed: ["出错了：{why}", "Failed: {why}"],
  retry: ["再试一次", "Try again"],

  sign_in: ["登录", "Sign in"],
  sign_out: ["退出", "Sign out"],
  signed_out: ["已退出", "Signed out"],
  close: ["关闭", "Close"],

  state_broken: ["坏了", "Broken"],
  state_short: ["缺货", "Short"],

  amenity_hot_water: ["热水", "Hot water"],
  amenity_cold_water: ["饮水", "Drinking water"],
  amenity_microwave: ["微波炉", "Microwave"],
  amenity_fridge: ["冰箱", "Fridge"],
  amenity_phone_charging: ["手机充电", "Phone charging"],
  amenity_ebike_charging: ["电动车充电", "E-bike charging"],
  amenity_battery_swap: ["换电池", "Battery swap"],
  amenity_tyre_pump: ["打气筒", "Tyre pump"],
  amenity_seats: ["座椅", "Seats"],
  amenity_beds: ["床位", "Beds"],
  amenity_ac: ["空调", "Cooling"],
  amenity_heating: ["暖气", "Heating"],
  amenity_toilet: ["厕所", "Toilet"],
  amenity_shower: ["淋浴", "Shower"],
  amenity_laundry: ["洗衣", "Laundry"],
  amenity_first_aid: ["急救箱", "First aid"],
  amenity_aed: ["除颤器", "AED"],
  amenity_umbrella: ["雨伞", "Umbrella"],
  amenity_wifi: ["无线网", "Wi-Fi"],
  amenity_reading: ["书报", "Reading"],
  amenity_tv_live: ["电视", "TV"],
  amenity_nursing_room: ["母婴室", "Nursing room"],
  amenity_ebike_parking: ["停电动车", "E-bike parking"],
  amenity_truck_parking: ["停货车", "Truck parking"],
  amenity_cheap_meal: ["平价餐", "Cheap meal"],
  amenity_haircut: ["理发", "Haircut"],
  amenity_legal: ["法律咨询", "Legal advice"],
  amenity_psychology: ["心理咨询", "Counselling"],

  kind_union_station: ["工会驿站", "Union station"],
  kind_warm_station: ["暖心驿站", "Warm station"],
  kind_party_service_center: ["党群服务中心", "Party service centre"],
  kind_red_station: ["红色驿站", "Red station"],
  kind_driver_home: ["司机之家", "Drivers' home"],
  kind_floating_member_station: ["流动党员驿站", "Floating members' station"],
  kind_community_room: ["社区活动室", "Community room"],
  kind_merchant_partner: ["爱心商户", "Partner shop"],

  entry_door_code: ["门锁密码", "door code"],
  entry_qr_scan: ["扫码", "scan a code"],
  entry_app: ["手机应用", "an app"],
  entry_union_card: ["工会卡", "union card"],
  entry_id_card: ["身份证", "ID card"],
  entry_ring_bell: ["按门铃", "ring the bell"],
  entry_purchase: ["需消费", "buy something"],
};

const KEY = "nuanfeng.language"; // a wish, not a person: the only thing outside IndexedDB
const ZONE = "Asia/Shanghai";

let chosen = remembered() || (navigator.language.toLowerCase().startsWith("en") ? "en" : "zh");

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}

export const language = () => chosen;

export function setLanguage(code) {
  chosen = code;
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // Spoken until the page closes.
  }
}

// Texts that only one page needs.
export const learn = (words) => Object.assign(WORDS, words);

// The text of a key; an unknown key of a newer server shows as itself rather than as nothing.
export function t(key, values = {}) {
  const pair = WORDS[key];
  if (!pair) return key.slice(key.indexOf("_") + 1).replaceAll("_", " ");
  return pair[chosen === "zh" ? 0 : 1].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

const format = (instant, options) =>
  new Intl.DateTimeFormat(chosen === "zh" ? "zh-CN" : "en-GB", { timeZone: ZONE, ...options }).format(instant);
const dayOf = (instant) => format(instant, { year: "numeric", month: "2-digit", day: "2-digit" });

// "22:00", "tomorrow 08:30", "Monday 08:30", as seen from `now` (milliseconds).
export function timeOf(text, now) {
  const instant = new Date(text);
  const time = format(instant, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  if (dayOf(instant) === dayOf(now)) return time;
  if (dayOf(instant) === dayOf(now + 86400e3)) return t("tomorrow", { time });
  const near = Math.abs(instant - now) < 6 * 86400e3;
  return t("on_day", { day: format(instant, near ? { weekday: "short" } : { month: "short", day: "numeric" }), time });
}

export function ageOf(text, now) {
  const minutes = Math.floor((now - new Date(text)) / 60e3);
  if (minutes < 1) return t("just_now");
  if (minutes < 60) return t("minutes_ago", { n: minutes });
  if (minutes < 48 * 60) return t("hours_ago", { n: Math.floor(minutes / 60) });
  return t("days_ago", { n: Math.floor(minutes / 1440) });
}

export function distanceOf(metres) {
  if (metres < 1000) return t("metres", { n: Math.round(metres / 10) * 10 || 1 });
  return t("kilometres", { n: metres < 10000 ? (metres / 1000).toFixed(1) : Math.round(metres / 1000) });
}

const DAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
const MONDAY = Date.UTC(2024, 0, 1);

// Weekly hours of OSM syntax in words: "Mo-Fr 08:30-18:00" reads "周一-周五 08:30-18:00". Dated rules are left out.
export function hoursOf(text) {
  const weekly = text.split(";").map((rule) => rule.trim()).filter((rule) => rule && !/^\d{4} /.test(rule));
  if (weekly.length === 1 && weekly[0] === "24/7") return t("open_always");
  const day = (name) => format(MONDAY + DAYS.indexOf(name) * 86400e3, { weekday: "short" });
  return weekly.join("; ").replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, day).replace(/\boff\b/g, t("day_off"));
}
