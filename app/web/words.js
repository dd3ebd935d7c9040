// Every text of the pages, Chinese and English, and how instants read. Times are the station's: UTC+8.
const WORDS = {
  brand: ["暖蜂", "Nuanfeng"],
  brand_manage: ["驿站管理", "My station"],
  other_language: ["English", "中文"],
  to_manage: ["驿站管理入口", "For station staff"],
  to_rider: ["骑手页面", "Riders' page"],
  privacy: [
    "不登录也能找驿站。位置只在你点按钮时用一次。",
    "No sign-in needed to find a station. Your position is used once, when you tap.",
  ],

  find: ["找最近的驿站", "Nearest station"],
  find_again: ["重新定位", "Locate again"],
  locating: ["正在定位…", "Locating…"],
  asking: ["正在查询…", "Asking…"],
  elsewhere: ["不用定位，换个地方", "Another place, without GPS"],
  seat: ["县区", "County"],
  coordinates: ["纬度, 经度", "Latitude, longitude"],
  coord_type: ["坐标来自", "Taken from"],
  coord_choose: ["请选择", "Choose"],
  coord_wgs84: ["GPS / 手机", "GPS / phone"],
  coord_gcj02: ["高德 / 腾讯 / 微信", "AMap / Tencent / WeChat"],
  coord_bd09: ["百度", "Baidu"],
  use_place: ["用这个位置", "Use this place"],
  bad_pair: ["请写成：纬度, 经度，例如 35.5428, 106.6651", "Write: latitude, longitude, like 35.5428, 106.6651"],
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
  nearest_always: ["最近的 24 小时驿站", "Nearest 24-hour station"],
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
  free_at_least: ["空座 {free}", "Free seats {free}"],
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
  checked_in: ["已打卡：{name}", "Checked in: {name}"],
  checked_out: ["已离开，一路平安", "You left. Ride safely"],
  check_in_kept: ["已记下 {time} 到站。登录后就提交。", "Noted: arrived {time}. Sign in to send it."],
  code_kept: ["已记下现场码，{time}。", "Code noted at {time}."],
  waiting_one: ["1 条记录等网络，有网自动提交", "1 record waits for the network"],
  waiting: ["{n} 条记录等网络，有网自动提交", "{n} records wait for the network"],
  not_taken: ["没有收下：{why}", "Not accepted: {why}"],
  send_now: ["现在提交", "Send now"],

  offline: ["没有网络", "No network"],
  cached: ["没有网络。下面是 {age} 存下的名单，开门和座位不是最新的。",
    "No network. This list was saved {age}; openings and seats are not current."],
  cached_none: ["没有网络，手机里也还没有存下名单。", "No network, and no list saved on this phone yet."],
  cached_hours: ["平时：{hours}", "Usually: {hours}"],
  failed: ["出错了：{why}", "Failed: {why}"],
  retry: ["再试一次", "Try again"],

  sign_in: ["登录", "Sign in"],
  sign_out: ["退出", "Sign out"],
  signed_out: ["已退出", "Signed out"],
  phone_number: ["手机号", "Phone number"],
  send_code: ["发验证码", "Send code"],
  code_sent: ["验证码已发，5 分钟内有效", "Code sent, valid for 5 minutes"],
  code: ["验证码", "Code"],
  close: ["关闭", "Close"],
  again_in: ["{n} 秒后可重发", "Again in {n} s"],

  my_stations: ["我的驿站", "My stations"],
  no_stations: ["这个号码没有管理的驿站。", "This number manages no station."],
  find_station: ["按名字找", "Find by name"],
  other_station: ["换一个", "Another"],
  inside: ["在站人数", "People inside"],
  of_seats: ["座位 {n}", "{n} seats"],
  headcount: ["数一遍", "Head count"],
  set_to: ["设为", "Set to"],
  one_less: ["少一人", "One less"],
  one_more: ["多一人", "One more"],
  live: ["实时", "Live"],
  not_live: ["连接断了，正在重连…", "Connection lost, reconnecting…"],
  closing: ["临时关闭", "Close for a while"],
  from: ["从", "From"],
  until: ["到", "Until"],
  until_reopened: ["不填就是到重新开放为止", "Empty: until you reopen"],
  reason: ["原因", "Reason"],
  reason_repair: ["设备维修", "Repairs"],
  reason_event: ["活动占用", "Used for an event"],
  reason_power: ["停水停电", "No water or power"],
  reason_other: ["临时有事", "Other"],
  close_now: ["关闭", "Close"],
  reopen: ["重新开放", "Reopen"],
  closed_from: ["{from} 起关闭：{reason}", "Closed from {from}: {reason}"],
  closed_from_to: ["{from} 至 {to} 关闭：{reason}", "Closed {from} to {to}: {reason}"],
  amenities: ["设施", "Amenities"],
  amenity_hint: ["点一下设施，再点状态。", "Tap an amenity, then its state."],
  state_works: ["正常", "Works"],
  state_broken: ["坏了", "Broken"],
  state_short: ["缺货", "Short"],
  flags: ["骑手反映", "Riders say"],
  flags_none: ["这几个小时没有反映", "Nothing in the last hours"],
  shelter: ["避险模式", "Shelter mode"],
  shelter_hint: ["极端天气：不看开放时间，全天开放。", "Severe weather: open around the clock."],
  shelter_on: ["开启", "Switch on"],
  shelter_off: ["结束避险", "End shelter mode"],
  shelter_until: ["避险开放到 {time}：{reason}", "Shelter open until {time}: {reason}"],
  shelter_hours: ["小时", "Hours"],
  shelter_seats: ["可容纳人数", "Room for"],
  codes: ["打卡码", "Check-in codes"],
  tablet_code: ["平板动态码", "Tablet code page"],
  printed_code: ["打印张贴码", "Code to print"],
  saved: ["已保存", "Saved"],
  kept: ["已记下，有网自动提交", "Kept, sent when the network is back"],
  reload: ["刷新", "Reload"],

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
    // A browser that keeps nothing still speaks the language until the page closes.
  }
}

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
