// The kinds of workers, Chinese and English.
import { learn } from "./words.js";

learn({
  worker_food_rider: ["外卖骑手", "Food riders"],
  worker_courier: ["快递员", "Couriers"],
  worker_truck_driver: ["货车司机", "Truck drivers"],
  worker_ride_hail_driver: ["网约车司机", "Ride-hail drivers"],
  worker_other: ["其他", "Others"],
});
