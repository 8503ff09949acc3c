# The index that names which a repository does not hold are sent to, where nothing else names one. No registry's
# address stands in this tree: it is asked of pip, installed or bundled with Python (ensurepip).
set(WHEELYARD_DEFAULT_UPSTREAM "" CACHE STRING
    "Simple index for names that a repository does not hold; empty: pip's own default, asked when configuring")
if(NOT WHEELYARD_DEFAULT_UPSTREAM)
  find_program(WHEELYARD_PIP_PYTHON NAMES python3 python DOC "A Python with pip, asked for pip's default index")
  mark_as_advanced(WHEELYARD_PIP_PYTHON)
  if(WHEELYARD_PIP_PYTHON)
    execute_process(COMMAND "${WHEELYARD_PIP_PYTHON}" "${CMAKE_CURRENT_LIST_DIR}/pip_default_index.py"
                    OUTPUT_VARIABLE pip_default_index OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    set_property(CACHE WHEELYARD_DEFAULT_UPSTREAM PROPERTY VALUE "${pip_default_index}")
  endif()
  if(WHEELYARD_DEFAULT_UPSTREAM)
    message(STATUS "Default upstream index: ${WHEELYARD_DEFAULT_UPSTREAM} (pip's own)")
  else()
    message(STATUS "Default upstream index: none (no Python with pip was found; set WHEELYARD_DEFAULT_UPSTREAM)")
  endif()
endif()
