// The keys of a mapping: each once, and what `<<` adds to them.
#include <algorithm>
#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "input/yaml_builder.h"

namespace xdscope {
namespace {

// Up to this many keys comparing each with each is faster than sorting.
constexpr std::size_t kFewKeys = 16;

// One past the value that begins at `at`, in JSON that is known to be well-formed.
std::size_t skip_value(std::string_view json, std::size_t at) {
  std::size_t depth = 0;
  for (; at < json.size(); ++at) {
    switch (json[at]) {
      case '"':
        for (++at; json[at] != '"'; ++at) at += json[at] == '\\';
        break;
      case '{':
      case '[':
        ++depth;
        continue;
      case '}':
      case ']':
        if (depth == 0) return at;
        --depth;
        break;
      case ',':
        if (depth == 0) return at;
        continue;
      default:
        continue;
    }
    if (depth == 0) return at + 1;
  }
  return at;
}

std::size_t skip_to_value(std::string_view json, std::size_t at) {
  while (json[at] == '\n' || json[at] == ',' || json[at] == ':') ++at;
  return at;
}

// Elements of an array; keys and values in turn of an object.
template <class Visit>
void for_each_value(std::string_view json, const Visit& visit) {
  std::size_t at = skip_to_value(json, 1);
  while (at + 1 < json.size()) {
    const std::size_t end = skip_value(json, at);
    visit(at, end);
    at = skip_to_value(json, end);
  }
}

}  // namespace

bool YamlBuilder::same_key(const Key& a, const Key& b) const {
  const auto text = [this](const Key& key) {
    return output_.view().substr(key.literal.begin, key.literal.end - key.literal.begin);
  };
  return a.hash == b.hash && text(a) == text(b);
}

bool YamlBuilder::check_keys(std::size_t first) {
  const auto begin = keys_.begin() + static_cast<std::ptrdiff_t>(first);
  const Key* twice = nullptr;
  if (keys_.size() - first <= kFewKeys) {
    for (auto key = begin; key != keys_.end(); ++key) {
      for (auto before = begin; before != key; ++before) {
        if (same_key(*key, *before)) twice = &*key;
      }
    }
  } else {
    const auto order = [](const Key& a, const Key& b) {
      return std::pair(a.hash, a.literal.begin) < std::pair(b.hash, b.literal.begin);
    };
    std::sort(begin, keys_.end(), order);
    const auto found = std::adjacent_find(
        begin, keys_.end(), [this](const Key& a, const Key& b) { return same_key(a, b); });
    if (found != keys_.end()) twice = &*(found + 1);
  }
  if (twice == nullptr) return true;
  const auto [from, to] = twice->literal;
  return fail(
      twice->mark,
      fmt::format("the key {} stands twice in one mapping", output_.view().substr(from, to - from)),
      "remove one of the two: readers do not agree on which one counts");
}

void YamlBuilder::begin_merge(const yaml_mark_t& mark) {
  output_.advance_to_line(mark.line);
  merges_.push_back({output_.size(), output_.line(), anchors_.size(), mark});
  frames_.back().merging = true;
  frames_.back().expects_key = false;
}

bool YamlBuilder::end_merge() {
  const Merge merge = merges_.back();
  merges_.pop_back();
  frames_.back().merging = false;
  if (output_.failed()) return fail_memory();

  const std::size_t base = aside_.size();
  std::string_view json = output_.view().substr(merge.begin);
  json.remove_prefix(std::min(json.find_first_not_of('\n'), json.size()));
  const std::size_t moved = output_.size() - json.size();
  aside_ += json;
  json = std::string_view(aside_).substr(base);
  for (std::size_t i = merge.first_anchor; i < anchors_.size(); ++i) {
    if (anchors_[i].set_aside) continue;
    anchors_[i].set_aside = true;
    anchors_[i].range.begin += base - moved;
    anchors_[i].range.end += base - moved;
  }
  output_.truncate(merge.begin, merge.line);

  bool mappings = !json.empty() && (json[0] == '{' || json[0] == '[');
  if (mappings && json[0] == '{') {
    merged_.push_back({base, aside_.size()});
  } else if (mappings) {
    for_each_value(json, [&](std::size_t begin, std::size_t end) {
      mappings = mappings && json[begin] == '{';
      merged_.push_back({base + begin, base + end});
    });
  }
  return mappings || fail(merge.mark, "<< is neither given a mapping nor a sequence of mappings",
                          "a key that is really called << needs quotes");
}

bool YamlBuilder::write_merged(const Frame& frame, const yaml_mark_t& mark) {
  if (merged_.size() == frame.first_merged) return true;
  std::unordered_set<std::string_view> present;
  for (std::size_t i = frame.first_key; i < keys_.size(); ++i) {
    const auto [begin, end] = keys_[i].literal;
    present.insert(output_.view().substr(begin, end - begin));
  }
  // Views into the output end with its first growth: choose first, write then.
  std::vector<std::pair<std::string_view, std::string_view>> chosen;
  for (std::size_t i = frame.first_merged; i < merged_.size(); ++i) {
    const std::string_view json =
        std::string_view(aside_).substr(merged_[i].begin, merged_[i].end - merged_[i].begin);
    std::string_view key;
    bool is_key = true;
    for_each_value(json, [&](std::size_t begin, std::size_t end) {
      const std::string_view text = json.substr(begin, end - begin);
      if (is_key) {
        key = text;
      } else if (present.insert(key).second) {
        chosen.emplace_back(key, text);
      }
      is_key = !is_key;
    });
  }
  bool empty = frame.empty;
  for (const auto& [key, value] : chosen) {
    if (!may_expand(key.size() + value.size(), mark)) return false;
    if (!empty) output_.put(',');
    empty = false;
    output_.append(key);
    output_.put(':');
    for (const char c : value) {
      if (c != '\n') output_.put(c);
    }
  }
  return true;
}

}  // namespace xdscope
