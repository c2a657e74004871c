// gzip and tar.
#include "input/archive.h"
#include "fuzz/fuzz.h"
#include "input/read.h"

using namespace xdscope;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 20;
  const std::string_view bytes = fuzz::text_of(data, size);
  if (const auto text = gunzip(Buffer(bytes), "fuzz.gz", kLimit)) {
    fuzz::require(text->size() <= std::max<std::uint64_t>(kLimit, size), "the limit is kept");
  }
  if (!is_archive(bytes)) return 0;
  Archive archive(bytes, "fuzz.tar", {kLimit, 100});
  std::uint64_t all = 0;
  for (std::size_t files = 0;; ++files) {
    const auto file = archive.next();
    if (!file || !*file) break;
    all += (*file)->bytes.size();
    fuzz::require(all <= kLimit && files < 100, "the limits are kept");
    fuzz::require(!(*file)->path.empty() && !(*file)->path.starts_with('/') &&
                      !("/" + (*file)->path + "/").contains("/../"),
                  "paths stay inside");
  }
  return 0;
}
