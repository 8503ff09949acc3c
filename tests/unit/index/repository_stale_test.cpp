#include "repository_fixture.hpp"
#include <gmock/gmock.h>

#include "wheelyard/index/publisher.hpp"

namespace wheelyard::index {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const std::string kept = "acme-1.0-py3-none-any.whl";
const std::string stale = "acme-2.0-py3-none-any.whl";

/// What a publisher of that file leaves on the board when it dies before the swap.
void announce(store::ObjectStore& store, const package::Distribution& distribution) {
  Announcement announcement;
  announcement.project = distribution.normalized_name;
  announcement.filename = distribution.filename;
  announcement.size = distribution.size;
  announcement.sha256 = distribution.sha256;
  store.put(format_announcement("", announcement).key, bytes_source(""), {});
}

void remove(Repository& repository, const std::string& spec) {
  SelectRequest request;
  request.specs = {spec};
  repository.remove(request);
}

class StaleAnnouncement : public ::testing::Test {
 protected:
  void SetUp() override {
    publish(repository_, {folder_.distribution(kept, "kept"), removed_});
    remove(repository_, stale);
    announce(*store_, removed_);
  }
  std::vector<std::string> listed() { return filenames(repository_.read_project("acme")->page); }

  std::shared_ptr<store::ObjectStore> store_ = store::make_memory_store();
  ScratchFolder folder_;
  Repository repository_{store_, ""};
  const package::Distribution removed_ = folder_.distribution(stale, "removed");
};

TEST_F(StaleAnnouncement, OfAFileThatWasRemovedIsNotBelieved) {
  publish(repository_, {folder_.distribution("acme-3.0-py3-none-any.whl", "next")});
  EXPECT_THAT(listed(), ElementsAre(kept, "acme-3.0-py3-none-any.whl"));
  EXPECT_THAT(private_keys(*store_, ""), IsEmpty());
}

TEST_F(StaleAnnouncement, OfOtherBytesThanThereAreNowIsNotBelieved) {
  store_->put("acme/" + stale, bytes_source(ScratchFolder::bytes(stale, "others")), {});
  publish(repository_, {folder_.distribution("acme-3.0-py3-none-any.whl", "next")});
  EXPECT_EQ(broken_promise(*store_, "", "acme"), "");
  EXPECT_THAT(listed(), ElementsAre(kept, "acme-3.0-py3-none-any.whl"));
}

TEST_F(StaleAnnouncement, OfTheBytesThatCameBackIsBelieved) {
  store_->put("acme/" + stale, bytes_source(ScratchFolder::bytes(stale, "removed")), {});
  publish(repository_, {folder_.distribution("acme-3.0-py3-none-any.whl", "next")});
  EXPECT_THAT(listed(), ElementsAre(kept, stale, "acme-3.0-py3-none-any.whl"));
}

/// Between a publisher's two reads a file is taken in, removed, and its removal forgotten: the publisher's
/// listing of the board is from before, so its page must be too, or the swap would bring the file back.
TEST(StaleBoard, IsNeverMergedIntoANewerPage) {
  ScratchFolder folder;
  TimePoint time = now();
  std::function<void()> between;
  store::MemoryStoreOptions options;
  options.after = [&](std::string_view operation, std::string_view key) {
    if (operation == "list" && key.find(".wheelyard/new/acme") != std::string_view::npos && between) {
      const auto others = std::exchange(between, nullptr);
      others();
    }
  };
  options.clock = [&] { return time; };
  const auto store = store::make_memory_store(std::move(options));
  RepositoryOptions settings;
  settings.clock = [&] { return time; };
  Repository repository(store, "", settings);
  Repository other(store, "", settings);
  const auto doomed = folder.distribution(stale, "doomed");
  publish(repository, {folder.distribution(kept, "kept")});
  store->put("acme/" + stale, file_source(doomed.path), {});
  announce(*store, doomed);

  bool ran = false;
  between = [&] {
    publish(other, {folder.distribution("acme-4.0-py3-none-any.whl", "takes it in")});
    remove(other, stale);
    time += std::chrono::hours(25);
    publish(other, {folder.distribution("acme-5.0-py3-none-any.whl", "forgets the removal")});
    ran = other.read_project("acme")->page.withdrawn.empty();
  };
  // Nothing of its own is on the way: it only takes in what it finds on the board.
  const PageStore pages(*store, Layout(""));
  const PublishRequest nothing;
  Publisher(pages, nothing, settings).take_in_all("acme");
  EXPECT_TRUE(ran);
  EXPECT_EQ(broken_promise(*store, "", "acme"), "");
  EXPECT_EQ(repository.read_project("acme")->page.find(stale), nullptr);
}

}  // namespace
}  // namespace wheelyard::index
