#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/base/digest.hpp"
#include "wheelyard/base/error.hpp"
#include "wheelyard/base/ini.hpp"
#include "wheelyard/base/text.hpp"
#include "wheelyard/base/url.hpp"

namespace {

using namespace wheelyard;

void require(bool holds) {
  if (!holds) std::abort();
}

template <typename Function>
void accept_or_refuse(Function function) {
  try {
    function();
  } catch (const Error& error) {
    require(error.code() == ErrorCode::invalid_argument);
    require(printable(error.what(), 10'000) == error.what());
  }
}

}  // namespace

/// The small parsers of base: each takes the input or refuses it, and what it took reads the same again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  accept_or_refuse([&] {
    const Url url = Url::parse(input);
    require(Url::parse(url.to_string()).to_string() == url.to_string());
    require(url.user_info.empty() || Url::parse(url.display()).user_info.empty());
  });
  accept_or_refuse([&] { parse_nested_ini_value(IniDocument::parse(input, "fuzz").defaults.name); });
  accept_or_refuse(
      [&] { require(percent_decode(percent_encode(percent_decode(input))) == percent_decode(input)); });
  accept_or_refuse([&] { require(to_base64(from_base64(input)) == input); });
  accept_or_refuse([&] { require(to_base64url(from_base64url(input)) == input); });
  accept_or_refuse([&] { require(to_hex(from_hex(input)) == to_lower(input)); });
  resolve_url("https://h/a/b?c#d", input);
  resolve_url(input, "../x");
  parse_http_date(input);
  if (const auto time = parse_rfc3339(input)) require(parse_rfc3339(to_rfc3339(*time)) == time);
  require(is_utf8(printable(input)));
  require(is_utf8(input) || printable(input, 100'000) != input);
  return 0;
}
