#include <string>

#include "raw_client.hpp"
#include "served_repository.hpp"
#include <gtest/gtest.h>

namespace wheelyard::test {
namespace {

constexpr const char* wheel = "/files/acme/acme-1.0-py3-none-any.whl";

class Files : public testing::Test {
 protected:
  Files() {
    repository.add_project("acme",
                           {{"acme-1.0-py3-none-any.whl", bytes}, {"acme-2.0+local-py3-none-any.whl", "two"}},
                           [](index::ProjectPage& page) { page.files[0].has_metadata = true; });
    repository.put("acme/acme-1.0-py3-none-any.whl.metadata", "Metadata-Version: 2.1\nName: acme\n");
    repository.put("acme/acme-2.0+local-py3-none-any.whl.metadata", "not advertised");
    repository.put("acme/unlisted-1.0-py3-none-any.whl", "secret");
    repository.put(".wheelyard/new/acme/x", "secret");
  }
  RawResponse fetch(const std::string& header_lines = {}) {
    return get(repository.port(), wheel, header_lines);
  }

  std::string bytes = "0123456789abcdef";
  ServedRepository repository;
};

TEST_F(Files, Whole) {
  const auto answer = fetch("Accept-Encoding: gzip\r\n");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, bytes);
  EXPECT_EQ(answer.header("content-type"), "application/octet-stream");
  EXPECT_EQ(answer.header("content-encoding"), "");
  EXPECT_EQ(answer.header("cache-control"), "max-age=365000000, immutable");
  EXPECT_EQ(answer.header("accept-ranges"), "bytes");
  EXPECT_TRUE(answer.header("etag").starts_with('"'));
  EXPECT_NE(answer.header("last-modified"), "");
  EXPECT_EQ(get(repository.port(), "/files/acme/acme-2.0%2Blocal-py3-none-any.whl").body, "two");
  EXPECT_EQ(get(repository.port(), "/files/acme/acme-2.0+local-py3-none-any.whl").body, "two");
}

TEST_F(Files, Head) {
  RawConnection connection(repository.port());
  const auto head = connection.request("HEAD", wheel);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), "16");
  EXPECT_EQ(head.header("etag"), fetch().header("etag"));
  EXPECT_EQ(connection.get(wheel).body, bytes);
}

TEST_F(Files, Ranges) {
  const auto middle = fetch("Range: bytes=4-7\r\n");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.body, "4567");
  EXPECT_EQ(middle.header("content-range"), "bytes 4-7/16");
  EXPECT_EQ(middle.header("content-length"), "4");
  EXPECT_EQ(fetch("Range: bytes=-3\r\n").body, "def");
  EXPECT_EQ(fetch("Range: bytes=-10000\r\n").header("content-range"), "bytes 0-15/16");
  EXPECT_EQ(fetch("Range: bytes=14-\r\n").body, "ef");
  EXPECT_EQ(fetch("Range: bytes=0-0,3-4\r\n").status, 200);
  const auto beyond = fetch("Range: bytes=16-\r\n");
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(beyond.header("content-range"), "bytes */16");
  RawConnection connection(repository.port());
  const auto head = connection.request("HEAD", wheel, "Range: bytes=0-3\r\n");
  EXPECT_EQ(head.status, 206);
  EXPECT_EQ(head.header("content-length"), "4");
}

TEST_F(Files, Conditions) {
  const auto whole = fetch();
  const std::string etag = whole.header("etag");
  EXPECT_EQ(fetch("If-None-Match: " + etag + "\r\n").status, 304);
  EXPECT_EQ(fetch("If-None-Match: \"other\"\r\n").status, 200);
  EXPECT_EQ(fetch("If-Modified-Since: " + whole.header("last-modified") + "\r\n").status, 304);
  EXPECT_EQ(fetch("If-Match: \"other\"\r\n").status, 412);
  EXPECT_EQ(fetch("Range: bytes=0-1\r\nIf-Range: " + etag + "\r\n").status, 206);
  EXPECT_EQ(fetch("Range: bytes=0-1\r\nIf-Range: \"other\"\r\n").body, bytes);
}

TEST_F(Files, Metadata) {
  const auto metadata = get(repository.port(), std::string(wheel) + ".metadata");
  EXPECT_EQ(metadata.status, 200);
  EXPECT_TRUE(metadata.body.starts_with("Metadata-Version"));
  EXPECT_EQ(metadata.header("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(get(repository.port(), "/files/acme/acme-2.0%2Blocal-py3-none-any.whl.metadata").status, 404);
  EXPECT_EQ(get(repository.port(), "/files/acme/acme-9.0-py3-none-any.whl.metadata").status, 404);
}

TEST_F(Files, OnlyWhatTheIndexLists) {
  for (const char* path :
       {"/files/acme/unlisted-1.0-py3-none-any.whl", "/files/acme/index.json", "/files/acme/index.html",
        "/files/acme/.metadata", "/files/other/acme-1.0-py3-none-any.whl", "/files/wheelyard/x",
        "/acme/acme-1.0-py3-none-any.whl"}) {
    const auto answer = get(repository.port(), path);
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body.find("secret"), std::string::npos) << path;
  }
}

TEST_F(Files, APageCannotOpenWhatIsHidden) {
  repository.put("evil/.secret", "secret");
  repository.put("evil/moved-1.0-py3-none-any.whl", "fine");
  const char* urls[] = {"../.wheelyard/new/acme/x",
                        ".secret",
                        "../../outside/x",
                        "/etc/passwd",
                        "file:///etc/passwd",
                        "..%2F.wheelyard%2Fnew%2Facme%2Fx",
                        "./moved-1.0-py3-none-any.whl"};
  repository.add_project("evil", {}, [&](index::ProjectPage& page) {
    for (int i = 0; i < 7; ++i) {
      index::FileEntry file;
      file.filename = "evil-" + std::to_string(i) + ".0-py3-none-any.whl";
      file.url = urls[i];
      file.has_metadata = true;
      page.files.push_back(file);
    }
  });
  for (int i = 0; i < 6; ++i) {
    const std::string path = "/files/evil/evil-" + std::to_string(i) + ".0-py3-none-any.whl";
    EXPECT_EQ(get(repository.port(), path).status, 404) << urls[i];
    EXPECT_EQ(get(repository.port(), path + ".metadata").status, 404) << urls[i];
  }
  EXPECT_EQ(get(repository.port(), "/files/evil/evil-6.0-py3-none-any.whl").body, "fine");
}

TEST_F(Files, AreListedAsSoonAsTheyArePublished) {
  EXPECT_EQ(get(repository.port(), "/files/acme/acme-3.0-py3-none-any.whl").status, 404);
  repository.add_project("acme", {{"acme-3.0-py3-none-any.whl", "three"}});
  EXPECT_EQ(get(repository.port(), "/files/acme/acme-3.0-py3-none-any.whl").body, "three");
}

TEST_F(Files, ListedButGone) {
  repository.store().remove("wheels/acme/acme-1.0-py3-none-any.whl");
  EXPECT_EQ(fetch().status, 404);
  EXPECT_NE(repository.log_of(1)[0].note, "");
}

TEST_F(Files, TheStoreIsAskedOnceForEachFile) {
  fetch();
  const int before = repository.count("get") + repository.count("head");
  for (int i = 0; i < 10; ++i) fetch();
  EXPECT_EQ(repository.count("get") + repository.count("head") - before, 10);
}

TEST_F(Files, TheLogCountsTheBytes) {
  fetch();
  repository.log_of(1);  // a line comes after its answer
  fetch("Range: bytes=0-3\r\n");
  const auto log = repository.log_of(2);
  ASSERT_EQ(log.size(), 2u);
  EXPECT_EQ(log[0].bytes, 16u);
  EXPECT_EQ(log[1].bytes, 4u);
  EXPECT_EQ(log[1].status, 206);
  EXPECT_EQ(log[0].method, "GET");
  EXPECT_EQ(log[0].path, wheel);
  EXPECT_TRUE(log[0].client.starts_with("127.0.0.1:"));
  EXPECT_EQ(log[0].note, "");
}

}  // namespace
}  // namespace wheelyard::test
