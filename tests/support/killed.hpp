#pragma once

namespace wheelyard::test_support {

/// What a client is ended with whose process is killed. Not an Error: nothing in the library catches it, as
/// nothing survives a kill.
struct Killed {};

}  // namespace wheelyard::test_support
