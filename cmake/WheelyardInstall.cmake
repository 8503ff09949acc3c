# What `cmake --install` puts where beside the program (src/main): the layers' libraries and headers, and the package
# configuration with which others say find_package(wheelyard) and link wheelyard::index.
include(CMakePackageConfigHelpers)

get_property(layers GLOBAL PROPERTY WHEELYARD_LAYERS)
foreach(layer IN LISTS layers)
  install(TARGETS wheelyard_${layer} EXPORT wheelyardTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/wheelyard/${layer}"
          DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}/wheelyard" FILES_MATCHING PATTERN "*.hpp"
          PATTERN detail EXCLUDE)
endforeach()

# The libraries are static, so whoever links them needs their third-party parts. Each is found again by the package that
# its target's name begins with.
get_property(links GLOBAL PROPERTY WHEELYARD_LINKS)
list(REMOVE_DUPLICATES links)
set(WHEELYARD_FIND_DEPENDENCIES "")
foreach(link IN LISTS links)
  if(link MATCHES "^([^:<]+)::")
    string(FIND "${WHEELYARD_FIND_DEPENDENCIES}" "find_dependency(${CMAKE_MATCH_1})" known)
    if(NOT known EQUAL -1)
      continue()
    endif()
    string(APPEND WHEELYARD_FIND_DEPENDENCIES "find_dependency(${CMAKE_MATCH_1})\n")
  endif()
endforeach()

if(layers)
  set(config_folder "${CMAKE_INSTALL_LIBDIR}/cmake/wheelyard")
  install(EXPORT wheelyardTargets NAMESPACE wheelyard:: DESTINATION "${config_folder}")
  configure_package_config_file("${PROJECT_SOURCE_DIR}/cmake/wheelyardConfig.cmake.in"
                                "${PROJECT_BINARY_DIR}/wheelyardConfig.cmake" INSTALL_DESTINATION "${config_folder}")
  write_basic_package_version_file("${PROJECT_BINARY_DIR}/wheelyardConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
  install(FILES "${PROJECT_BINARY_DIR}/wheelyardConfig.cmake" "${PROJECT_BINARY_DIR}/wheelyardConfigVersion.cmake"
          DESTINATION "${config_folder}")
endif()
