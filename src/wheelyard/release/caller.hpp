#pragma once

#include <string>
#include <string_view>

#include "wheelyard/auth/environment.hpp"
#include "wheelyard/release/model.hpp"
#include "wheelyard/store/object_store.hpp"

namespace wheelyard::release {

inline constexpr std::size_t longest_identity = 200;  ///< bytes
inline constexpr std::size_t longest_run = 500;       ///< bytes of a run's URL

/// Who acts: `named` where it is not empty, else the person whom the CI system names by its documented
/// variables, else user@host. `run` is the URL of the CI run wherever there is one, `credential` what
/// the store is asked with. Throws `invalid_argument` on a name that is too long or not printable; what CI
/// says is cut and made printable, and a URL that is none of http is left out, as are passwords in it.
/// `named_run` stands in for CI's URL where it is not empty, without its password too; what is no URL of http
/// throws `invalid_argument`.
Caller find_caller(std::string_view named, const auth::Environment& environment, store::ObjectStore& store,
                   std::string_view named_run = {});

}  // namespace wheelyard::release
