#pragma once

#include "wheelyard/cli/verb.hpp"

namespace wheelyard::cli {

// One function a file: publish.cpp has publish_verb(), and so on.
Verb publish_verb();
Verb list_verb();
Verb yank_verb();
Verb unyank_verb();
Verb remove_verb();
Verb verify_verb();
Verb promote_verb();
Verb serve_verb();
Verb exec_verb();
Verb cp_verb();
Verb mv_verb();
Verb sync_verb();
Verb rm_verb();
Verb ls_verb();
Verb du_verb();
Verb cat_verb();
Verb stat_verb();
Verb meta_verb();
Verb presign_verb();
Verb mb_verb();
Verb rb_verb();
Verb release_verb();
Verb completion_verb();
Verb help_verb();
Verb s3pypi_verb();
Verb s3upload_verb();
Verb s3p_verb();

}  // namespace wheelyard::cli
