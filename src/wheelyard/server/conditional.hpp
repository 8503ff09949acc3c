#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wheelyard/base/clock.hpp"
#include "wheelyard/server/message.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::server {

/// What conditions are checked against.
struct Validators {
  std::string etag;  ///< as it stands in the header, quotes included
  std::optional<TimePoint> last_modified;
};

/// An opaque tag as a strong entity tag: quoted, with characters that RFC 9110 forbids replaced.
std::string quote_etag(std::string_view opaque);

/// If-Match, If-None-Match, If-Unmodified-Since and If-Modified-Since in RFC 9110's order (section 13.2.2):
/// 304, 412, or 0 where the request is to be answered as usual.
int check_conditions(const Request& request, const Validators& validators);
bool has_conditions(const Request& request);

/// The one range that is asked for. None: send the whole (no Range, a unit that is not bytes, a broken
/// header, more than one range, or an If-Range that no longer holds).
struct RangeChoice {
  enum class Kind { whole, part, unsatisfiable } kind = Kind::whole;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};
RangeChoice choose_range(const Request& request, const Validators& validators, std::uint64_t size);

}  // namespace wheelyard::server
