#include "input/archive.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "base/try.h"

namespace xdscope {
namespace {

// Fields of a ustar header (POSIX.1-2017, pax, "ustar Interchange Format").
struct Field {
  std::size_t offset;
  std::size_t size;
};
constexpr Field kName{0, 100};
constexpr Field kSize{124, 12};
constexpr Field kChecksum{148, 8};
constexpr std::size_t kType = 156;
constexpr Field kMagic{257, 5};
constexpr Field kPrefix{345, 155};

constexpr std::uint64_t kMaxHeaderText = std::uint64_t{1} << 20;

template <class Block>
std::string_view text_of(const Block& block, Field field) {
  const std::string_view text(block.data() + field.offset, field.size);
  return text.substr(0, text.find('\0'));
}

// Octal digits among blanks, or GNU's base 256 where the first bit is set.
template <class Block>
std::optional<std::uint64_t> number_of(const Block& block, Field field) {
  const std::string_view bytes(block.data() + field.offset, field.size);
  std::uint64_t value = 0;
  if ((static_cast<unsigned char>(bytes[0]) & 0x80) != 0) {
    if (bytes[0] != '\x80') return std::nullopt;  // negative, or larger than any disk
    for (const char byte : bytes.substr(1)) {
      if (value >> 55 != 0) return std::nullopt;
      value = value << 8 | static_cast<unsigned char>(byte);
    }
    return value;
  }
  const std::size_t begin = bytes.find_first_not_of(' ');
  if (begin == std::string_view::npos) return 0;
  const std::size_t end =
      std::min(bytes.find_first_of(std::string_view(" \0", 2), begin), bytes.size());
  for (const char digit : bytes.substr(begin, end - begin)) {
    if (digit < '0' || digit > '7') return std::nullopt;
    value = value << 3 | static_cast<std::uint64_t>(digit - '0');
  }
  return value;
}

template <class Block>
bool is_header(const Block& block) {
  const auto stored = number_of(block, kChecksum);
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < block.size(); ++i) {
    const bool blank = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.size;
    sum += blank ? std::uint64_t{' '} : static_cast<unsigned char>(block[i]);
  }
  return stored && *stored == sum;
}

}  // namespace

bool is_archive(std::string_view bytes) {
  std::array<char, 512> block{};
  InflateStream stream(bytes, "");
  const auto got = stream.read(block.data(), block.size());
  if (!got || *got != block.size() || block[0] == '\0') return false;
  return std::string_view(block.data() + kMagic.offset, kMagic.size) == "ustar" && is_header(block);
}

Archive::Archive(std::string_view bytes, std::string name, ArchiveLimits limits)
    : stream_(bytes, name), name_(std::move(name)), limits_(limits) {}

Result<std::optional<ArchiveFile>> Archive::next() {
  Override overrides;
  while (!done_) {
    Block block;
    XDSCOPE_TRY_ASSIGN(const bool more, read_header(block));
    if (!more) break;
    const char type = block[kType];
    std::optional<std::uint64_t> size = number_of(block, kSize);
    if (!size) return refuse("an entry's size is no number");
    if (type == 'x' || type == 'g' || type == 'L' || type == 'K') {
      XDSCOPE_TRY_ASSIGN(const std::string text, read_text(*size));
      if (type == 'x') XDSCOPE_TRY(apply_pax(text, overrides));
      if (type == 'L') overrides.path = text.substr(0, text.find('\0'));
      continue;
    }
    const std::string_view prefix =
        std::string_view(block.data() + kMagic.offset, 6) == std::string_view("ustar\0", 6)
            ? text_of(block, kPrefix)
            : "";
    const std::string_view name = text_of(block, kName);
    const std::string full = overrides.path   ? *overrides.path
                             : prefix.empty() ? std::string(name)
                                              : fmt::format("{}/{}", prefix, name);
    XDSCOPE_TRY_ASSIGN(std::string path, checked_path(full));
    XDSCOPE_TRY(check_type(type, path));
    if (overrides.size) size = overrides.size;
    overrides = {};
    if (++files_ > limits_.files) {
      return refuse(fmt::format("the archive has more than {} entries", limits_.files));
    }
    if (type == '5' || full.ends_with('/')) {
      if (*size != 0) return refuse(fmt::format("the folder {} has a content", printable(path)));
      continue;
    }
    if (path.empty()) return refuse("the archive holds a file without a name");
    XDSCOPE_TRY_ASSIGN(Buffer bytes, read_content(*size));
    return ArchiveFile{std::move(path), std::move(bytes)};
  }
  return std::nullopt;
}

Result<bool> Archive::read_header(Block& block) {
  XDSCOPE_TRY(read_exactly(block.data(), block.size()));
  if (std::ranges::all_of(block, [](char byte) { return byte == '\0'; })) {
    XDSCOPE_TRY(finish());
    return false;
  }
  if (!is_header(block)) return refuse("the archive is broken: an entry's checksum is wrong");
  return true;
}

Result<void> Archive::check_type(char type, const std::string& path) const {
  const std::string shown = printable(path);
  switch (type) {
    case '\0':
    case '0':
    case '5':
    case '7':
      return {};
    case '1':
    case '2':
      return refuse(fmt::format("the archive holds a link: {}", shown),
                    "only regular files are read; pack it again with tar --dereference");
    case 'S':
      return refuse(fmt::format("the archive holds a sparse file: {}", shown));
    default:
      return refuse(fmt::format("the archive holds something that is no file: {} (type {})", shown,
                                printable({&type, 1})));
  }
}

Result<std::string> Archive::checked_path(std::string_view path) const {
  if (path.starts_with('/')) {
    return refuse(fmt::format("the archive holds an absolute path: {}", printable(path)),
                  "pack it again from within its folder");
  }
  std::string result;
  for (const std::string_view part : split(path, '/')) {
    if (part == "..") {
      return refuse(fmt::format("the archive holds a path that goes up: {}", printable(path)),
                    "do not unpack it; take it again from where it comes from");
    }
    if (part.empty() || part == ".") continue;
    if (!result.empty()) result += '/';
    result += part;
  }
  constexpr std::size_t kMaxPath = 4096;
  if (result.size() > kMaxPath || result.find('\0') != std::string::npos) {
    return refuse("an entry's path is too long or holds a zero byte");
  }
  return result;
}

// Records "LENGTH KEY=VALUE\n", the length counting all of it.
Result<void> Archive::apply_pax(std::string_view records, Override& overrides) const {
  while (!records.empty() && records.front() != '\0') {
    const std::size_t space = records.find(' ');
    long length = 0;
    if (space == std::string_view::npos || !parse_decimal(records.substr(0, space), length) ||
        length <= static_cast<long>(space) + 1 ||
        static_cast<std::size_t>(length) > records.size() ||
        records[static_cast<std::size_t>(length) - 1] != '\n') {
      return refuse("the archive is broken: a pax header cannot be read");
    }
    const auto size = static_cast<std::size_t>(length);
    const std::string_view record = records.substr(space + 1, size - space - 2);
    records.remove_prefix(size);
    const std::size_t equals = record.find('=');
    const std::string_view key = record.substr(0, equals);
    const std::string_view value =
        equals == std::string_view::npos ? "" : record.substr(equals + 1);
    if (key.starts_with("GNU.sparse.")) return refuse("the archive holds a sparse file");
    if (key == "path") overrides.path = value;
    if (key == "size") {
      long bytes = 0;
      if (!parse_decimal(value, bytes) || bytes < 0) return refuse("an entry's size is no number");
      overrides.size = static_cast<std::uint64_t>(bytes);
    }
  }
  return {};
}

Result<std::string> Archive::read_text(std::uint64_t size) {
  if (size > kMaxHeaderText) return refuse("an entry's header is longer than 1 MiB");
  std::string text(static_cast<std::size_t>(size), '\0');
  XDSCOPE_TRY(read_exactly(text.data(), text.size()));
  XDSCOPE_TRY(skip_padding(size));
  return text;
}

Result<Buffer> Archive::read_content(std::uint64_t size) {
  if (size > limits_.bytes - read_) return too_large();
  Buffer bytes;
  if (!bytes.reserve(static_cast<std::size_t>(size))) {
    return fail(ErrorCode::kInput, "not enough memory to read it", name_);
  }
  XDSCOPE_TRY(read_exactly(bytes.data(), static_cast<std::size_t>(size)));
  bytes.set_size(static_cast<std::size_t>(size));
  XDSCOPE_TRY(skip_padding(size));
  return bytes;
}

Result<void> Archive::skip_padding(std::uint64_t size) {
  Block block;
  return read_exactly(block.data(), (kBlock - size % kBlock) % kBlock);
}

Result<void> Archive::read_exactly(char* out, std::size_t size) {
  if (size > limits_.bytes - read_) return too_large();
  read_ += size;
  XDSCOPE_TRY_ASSIGN(const std::size_t got, stream_.read(out, size));
  if (got != size) {
    return refuse("the archive is cut off",
                  "take the file again: an entry or the end mark is missing");
  }
  return {};
}

// What follows the end mark is padding; reading it lets gzip compare its checksum.
Result<void> Archive::finish() {
  done_ = true;
  std::array<char, 16384> rest;
  while (true) {
    XDSCOPE_TRY_ASSIGN(const std::size_t got, stream_.read(rest.data(), rest.size()));
    if (got > limits_.bytes - read_) return too_large();
    read_ += got;
    if (got < rest.size()) return {};
  }
}

std::unexpected<Error> Archive::refuse(std::string message, std::string hint) const {
  return fail(ErrorCode::kInput, std::move(message), name_, std::move(hint));
}

std::unexpected<Error> Archive::too_large() const {
  return refuse(fmt::format("the archive unpacks to more than {} MiB", limits_.bytes >> 20),
                "if it is to be trusted, raise --max-unpacked-size");
}

}  // namespace xdscope
