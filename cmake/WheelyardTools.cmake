# How it is built: compiler cache, linker, sanitizers. Nothing here changes what is built.
set(WHEELYARD_SANITIZE "" CACHE STRING "Sanitizers for everything: address, undefined, thread; or fuzzer (with clang)")

find_program(WHEELYARD_CCACHE ccache)
if(WHEELYARD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths below the tree are taken relative to it, so that another clone finds what this one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${WHEELYARD_CCACHE}")
endif()

find_program(WHEELYARD_MOLD mold)
if(WHEELYARD_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

if(WHEELYARD_SANITIZE)
  list(JOIN WHEELYARD_SANITIZE "," sanitizers)
  # The fuzzer's own main goes into the fuzz targets alone; everything else is only instrumented for it.
  string(REPLACE "fuzzer" "fuzzer-no-link" sanitizers "${sanitizers}")
  add_compile_options(-fsanitize=${sanitizers} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${sanitizers})
  if("undefined" IN_LIST WHEELYARD_SANITIZE)
    add_compile_options(-fno-sanitize-recover=undefined)
  endif()
endif()
