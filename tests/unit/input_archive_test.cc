#include "input/archive.h"

#include <utility>
#include <vector>

#include "support/catch.h"
#include "support/tar.h"

using namespace xdscope;
using namespace xdscope::testing;

namespace {

using Files = std::vector<std::pair<std::string, std::string>>;

Result<Files> read_all(std::string_view bytes, ArchiveLimits limits = {}) {
  Archive archive(bytes, "a.tar", limits);
  Files files;
  while (true) {
    auto file = archive.next();
    if (!file) return std::unexpected(file.error());
    if (!*file) return files;
    files.emplace_back((*file)->path, (*file)->bytes.view());
  }
}

std::string refusal(std::string_view bytes, ArchiveLimits limits = {}) {
  const auto files = read_all(bytes, limits);
  return files ? "" : files.error().message;
}

}  // namespace

TEST_CASE("archives of every kind are read file by file") {
  const std::string long_name = std::string(150, 'x') + "/dump.json";
  const std::string pax = "27 comment=not of interest\n" + std::string("17 path=p/q.json\n");
  const std::string tar = tar_header("d/", 0, '5') + tar_file("./d//a.json", "{}") +
                          tar_file("b.json", std::string(513, 'b'), '0', "some/prefix") +
                          tar_file("././@LongLink", long_name + '\0', 'L') +
                          tar_file("cut-off", "c") + tar_file("PaxHeader", pax, 'x') +
                          tar_file("short", "d", '\0') + tar_file("empty", "") + tar_end();
  const Files expected = {{"d/a.json", "{}"},
                          {"some/prefix/b.json", std::string(513, 'b')},
                          {long_name, "c"},
                          {"p/q.json", "d"},
                          {"empty", ""}};
  CHECK(is_archive(tar));
  CHECK(is_archive(gzip(tar)));
  const auto plain = read_all(tar);
  REQUIRE(plain);
  CHECK(*plain == expected);
  const auto packed = read_all(gzip(tar));
  REQUIRE(packed);
  CHECK(*packed == expected);
  // Two gzip members are one file.
  CHECK(read_all(gzip(tar.substr(0, 700)) + gzip(tar.substr(700))).value() == expected);
}

TEST_CASE("what is no archive is not taken for one") {
  CHECK_FALSE(is_archive(""));
  CHECK_FALSE(is_archive("{\"configs\": []}"));
  CHECK_FALSE(is_archive(gzip("{}")));
  CHECK_FALSE(is_archive(std::string(2048, '\0')));
  CHECK_FALSE(is_archive("\x1f\x8b"));
  std::string broken = tar_file("a", "a");
  broken[0] = 'b';
  CHECK_FALSE(is_archive(broken));
}

TEST_CASE("hostile archives are refused") {
  const auto with = [](std::string entry) { return tar_file("good", "{}") + entry + tar_end(); };
  CHECK_THAT(refusal(with(tar_file("../up", "x"))), ContainsSubstring("goes up: ../up"));
  CHECK_THAT(refusal(with(tar_file("./", "x"))), ContainsSubstring("has a content"));
  CHECK_THAT(refusal(with(tar_file("././@LongLink", "./.\0", 'L') + tar_file("a", "x"))),
             ContainsSubstring("without a name"));
  CHECK_THAT(refusal(with(tar_file("a/../../up", "x"))), ContainsSubstring("goes up"));
  CHECK_THAT(refusal(with(tar_file("/etc/passwd", "x"))), ContainsSubstring("absolute path"));
  CHECK_THAT(refusal(with(tar_header("l", 0, '2'))), ContainsSubstring("a link: l"));
  CHECK_THAT(refusal(with(tar_header("l", 0, '1'))), ContainsSubstring("a link"));
  CHECK_THAT(refusal(with(tar_header("n", 0, '3'))), ContainsSubstring("no file: n (type 3)"));
  CHECK_THAT(refusal(with(tar_header("s", 0, 'S'))), ContainsSubstring("sparse"));
  CHECK_THAT(refusal(with(tar_file("p", "22 GNU.sparse.major=1\n", 'x'))),
             ContainsSubstring("sparse"));
  CHECK_THAT(refusal(with(tar_file("p", "17 path=/etc/pass\n", 'x') + tar_file("q", ""))),
             ContainsSubstring("pax header"));
  CHECK_THAT(refusal(with(tar_file("p", "18 path=/etc/pass\n", 'x') + tar_file("q", ""))),
             ContainsSubstring("absolute path"));
  CHECK_THAT(refusal(with(tar_file("p", "999 path=a\n", 'x'))), ContainsSubstring("pax header"));
  CHECK_THAT(refusal(with(tar_file("d/", "content", '5'))), ContainsSubstring("content"));
  CHECK_THAT(refusal(with(tar_file("\x1b[2J../", "x"))), ContainsSubstring("\\x1b"));
}

TEST_CASE("sizes that lie, bombs and archives that are cut off") {
  CHECK(refusal(tar_header("huge", 0777777777ull) + tar_end(), {1u << 30, 10}) ==
        "the archive is cut off");
  CHECK_THAT(refusal(tar_header("huge", 077777777777ull) + tar_end()),
             ContainsSubstring("more than 2048 MiB"));
  std::string base256 = tar_file("x", "");
  base256.replace(124, 12, std::string("\x80\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 12));
  CHECK_FALSE(refusal(base256 + tar_end()).empty());

  const std::string bomb = gzip(tar_file("zeros", std::string(8u << 20, '\0')) + tar_end());
  CHECK(bomb.size() < 100'000);
  CHECK(read_all(bomb));
  CHECK_THAT(refusal(bomb, {1u << 20, 10}), ContainsSubstring("more than 1 MiB"));
  const std::string late = gzip(tar_file("a", "{}") + tar_end() + std::string(8u << 20, '\0'));
  CHECK_THAT(refusal(late, {1u << 20, 10}), ContainsSubstring("more than 1 MiB"));
  CHECK_THAT(refusal(tar_file("a", "") + tar_file("b", "") + tar_end(), {1u << 20, 1}),
             ContainsSubstring("more than 1 entries"));

  const std::string good = tar_file("a", std::string(700, 'a')) + tar_end();
  for (const std::size_t size : {std::size_t{512}, std::size_t{800}, std::size_t{1536}}) {
    CHECK(refusal(std::string_view(good).substr(0, size)) == "the archive is cut off");
  }
  const std::string packed = gzip(good);
  for (std::size_t size = 0; size < packed.size(); ++size) {
    CHECK_FALSE(refusal(std::string_view(packed).substr(0, size)).empty());
  }
  std::string wrong = packed;
  wrong[wrong.size() - 8] = static_cast<char>(wrong[wrong.size() - 8] ^ 1);
  CHECK_THAT(refusal(wrong), ContainsSubstring("incorrect data check"));
}
