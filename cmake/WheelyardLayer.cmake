# One call a layer: wheelyard_layer(NAME http USES base LINKS CURL::libcurl)
#   USES   the layers that its headers and sources may include (checked by scripts/check-layers)
#   LINKS  third-party targets, private: no third-party type stands in a header
# Sources are all *.cpp below the layer's folder.
add_library(wheelyard_warnings INTERFACE)
target_compile_options(wheelyard_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor
                       -Woverloaded-virtual
                       # Designated initialisers leave out what keeps its default: that is their point.
                       -Wno-missing-field-initializers)

function(wheelyard_layer)
  cmake_parse_arguments(LAYER "" "NAME" "USES;LINKS" ${ARGN})
  set(target wheelyard_${LAYER_NAME})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.hpp")
  if(NOT sources)
    message(FATAL_ERROR "layer ${LAYER_NAME} has no sources")
  endif()
  add_library(${target} STATIC ${sources} ${headers})
  add_library(wheelyard::${LAYER_NAME} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${LAYER_NAME} POSITION_INDEPENDENT_CODE ON)
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>"
                                              "$<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>")
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:wheelyard_warnings>)
  foreach(used IN LISTS LAYER_USES)
    target_link_libraries(${target} PUBLIC wheelyard_${used})
  endforeach()
  target_link_libraries(${target} PRIVATE ${LAYER_LINKS})
  set_property(GLOBAL APPEND PROPERTY WHEELYARD_LAYERS ${LAYER_NAME})
  set_property(GLOBAL APPEND PROPERTY WHEELYARD_LINKS ${LAYER_LINKS})
endfunction()

# wheelyard_unit_test(http [LINKS ...]): one test program a layer, from all *.cpp below the calling folder.
function(wheelyard_unit_test layer)
  cmake_parse_arguments(TEST "" "" "LINKS" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/*.cpp")
  if(NOT sources)
    return()
  endif()
  add_executable(test_${layer} ${sources})
  target_link_libraries(test_${layer} PRIVATE wheelyard_${layer} wheelyard_warnings GTest::gtest_main GTest::gmock
                                              ${TEST_LINKS})
  target_include_directories(test_${layer} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  gtest_discover_tests(test_${layer} TEST_PREFIX "${layer}." DISCOVERY_TIMEOUT 300
                       PROPERTIES LABELS "unit;${layer}")
endfunction()
