#include "pipeline_fixture.hpp"

#include "wheelyard/release/adopt.hpp"
#include "wheelyard/store/open_store.hpp"

namespace wheelyard::release {
namespace {

std::optional<StoredState> adopt_change(PipelineFixture& fixture) {
  return release::adopt_change(fixture.states(), PipelineFixture::rules(), fixture.options(), app);
}

TEST(OwnCopy, InAFolderIsNoForeignPush) {
  const test_support::ScratchFolder folder;
  PipelineFixture fixture(store::open_store(folder.path().string()).store);
  fixture.push("1");
  ASSERT_NE(fixture.store()->head("qa/" + app).etag, fixture.store()->head("archive/1/" + app).etag);
  EXPECT_FALSE(adopt_change(fixture));
  fixture.promote("staging");
  EXPECT_EQ(fixture.held("staging"), "1");
  EXPECT_EQ(fixture.states().get(app).state.seq, 2u);
}

/// As where the archive's bytes came in parts: the copy has another ETag, and our metadata.
TEST(OwnCopy, WithAnotherEtagIsNoForeignPush) {
  PipelineFixture fixture;
  fixture.push("1");
  auto& store = *fixture.store();
  auto ours = store.attributes_of(store.head("qa/" + app));
  store.put("qa/" + app, bytes_source("other of 1"), ours);  // of the same size
  EXPECT_FALSE(adopt_change(fixture));
  store::PutOptions theirs;
  theirs.metadata["version"] = "1";
  store.put("qa/" + app, bytes_source("other of 1"), theirs);
  EXPECT_TRUE(adopt_change(fixture));
}

}  // namespace
}  // namespace wheelyard::release
