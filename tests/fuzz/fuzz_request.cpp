// What a client sends to the server: no path leads out of the repository, no range out of the file, and
// nothing throws. The first line of the input is the path, the second Accept, the third Range, the fourth
// If-None-Match.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "input.hpp"

#include "wheelyard/package/name.hpp"
#include "wheelyard/server/conditional.hpp"
#include "wheelyard/server/negotiation.hpp"
#include "wheelyard/server/route.hpp"

using namespace wheelyard;
using namespace wheelyard::fuzz;
using namespace wheelyard::server;

namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

void check(const Route& route, std::string_view base) {
  using Kind = Route::Kind;
  require(std::ranges::none_of(route.logged, is_control));
  if (route.kind == Kind::project || route.kind == Kind::file)
    require(package::is_normalized_name(route.project));
  if (route.kind == Kind::file) {
    require(!route.filename.empty() && route.filename != "." && route.filename != "..");
    require(
        std::ranges::none_of(route.filename, [](char c) { return is_control(c) || c == '/' || c == '\\'; }));
    // A page names the file by a link that leads back here.
    const std::string again = file_reference(route.project, route.filename).substr(5);
    require(parse_route(again, "").filename == route.filename);
  }
  if (route.kind == Kind::moved) {
    require(route.location.starts_with(base));
    const Route target = parse_route(route.location.substr(base.size()), "");
    require(target.kind == Kind::root || target.kind == Kind::project);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string path(take_line(text));
  const std::string token = "a-token-of-0123456789";
  check(parse_route(path, ""), "");
  require(parse_route(path, token).kind == Route::Kind::unknown || path.starts_with("/" + token) ||
          parse_route(path, token).kind == Route::Kind::malformed);
  check(parse_route("/" + token + path, token), "/" + token);

  const std::string accept(take_line(text));
  if (const auto format = negotiate_format(accept)) require(!content_type_of(*format).empty());
  format_by_name(accept);
  accepts_gzip(accept);
  names_json(accept);

  Request request;
  request.method = "GET";
  request.headers.add("Range", std::string(take_line(text)));
  request.headers.add("If-None-Match", std::string(take_line(text)));
  const Validators validators{"\"tag\"", std::nullopt};
  for (const std::uint64_t length :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000}, ~std::uint64_t{0}}) {
    const RangeChoice range = choose_range(request, validators, length);
    if (range.kind == RangeChoice::Kind::unsatisfiable) continue;
    require(range.offset <= length && range.length <= length - range.offset);
    if (range.kind == RangeChoice::Kind::part) require(range.length > 0);
  }
  const int status = check_conditions(request, validators);
  require(status == 0 || status == 304);
  return 0;
}
