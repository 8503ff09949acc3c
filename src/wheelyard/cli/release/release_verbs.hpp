#pragma once

#include "wheelyard/cli/verb.hpp"

namespace wheelyard::cli {

// What stands behind "release", one function a file.
Verb release_push_verb();
Verb release_promote_verb();
Verb release_status_verb();
Verb release_history_verb();
Verb release_rollback_verb();
Verb release_approve_verb();
Verb release_download_verb();
Verb release_diff_verb();
Verb release_prune_verb();
Verb release_verify_verb();
Verb release_page_verb();

}  // namespace wheelyard::cli
