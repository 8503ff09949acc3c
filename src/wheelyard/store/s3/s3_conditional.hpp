#pragma once

#include <string>

#include "wheelyard/store/s3/s3_client.hpp"

namespace wheelyard::store::s3 {

/// What the writes that take a condition have in common
/// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html).

/// Sets If-None-Match or If-Match, as the mode asks for.
void set_condition(Call& call, const PutMode& mode);

/// What a write is told as that others won: `already_exists` for `create`, else `precondition_failed`; but
/// `unavailable`, with the hint `again`, where others were at work each time and nobody is known to have won.
Error lost_race(const ServerError& error, const PutMode& mode, const std::string& target, std::string again);

/// For a write of which it is not known whether it has happened, and whose object cannot be looked at:
/// `unavailable`, with what went wrong first.
Error unknown_outcome(const Error& failure);

}  // namespace wheelyard::store::s3
