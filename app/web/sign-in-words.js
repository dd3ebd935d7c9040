// The texts of the sign-in panel, Chinese and English.
import { learn } from "./words.js";

learn({
  phone_number: ["手机号", "Phone number"],
  send_code: ["发验证码", "Send code"],
  code_sent: ["验证码已发，5 分钟内有效", "Code sent, valid for 5 minutes"],
  code: ["验证码", "Code"],
  again_in: ["{n} 秒后可重发", "Again in {n} s"],
});
