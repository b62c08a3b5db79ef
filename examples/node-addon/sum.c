#include <node_api.h>

/* sum(a, b): the two numbers added. */
static napi_value Sum(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value arguments[2], result;
  double a = 0, b = 0;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count > 0) napi_get_value_double(env, arguments[0], &a);
  if (count > 1) napi_get_value_double(env, arguments[1], &b);
  napi_create_double(env, a + b, &result);
  return result;
}

NAPI_MODULE_INIT() {
  napi_value function;
  napi_create_function(env, "sum", NAPI_AUTO_LENGTH, Sum, NULL, &function);
  napi_set_named_property(env, exports, "sum", function);
  return exports;
}
