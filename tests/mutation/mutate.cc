#include "mutation/mutate.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

namespace xdscope::mutation {
namespace {

struct Node {
  Json* value;
  std::string pointer;
};

void collect(Json& value, const std::string& pointer, std::vector<Node>& out) {
  for (auto it = value.begin(); value.is_structured() && it != value.end(); ++it) {
    const std::string step =
        value.is_object() ? it.key() : std::to_string(std::distance(value.begin(), it));
    const std::string below = pointer + "/" + step;
    out.push_back({&*it, below});
    collect(*it, below, out);
  }
}

// A value that no field takes where this one stood.
Json of_wrong_type(const Json& value) {
  if (value.is_object() || value.is_array()) return "mutant";
  return Json::array({"mutant"});
}

// Names of enumeration values are all in capitals, as are methods.
bool is_enum(const Json& value) {
  static const std::set<std::string> kMethods = {"GET",    "HEAD",    "POST",    "PUT",  "PATCH",
                                                 "DELETE", "OPTIONS", "CONNECT", "TRACE"};
  if (!value.is_string()) return false;
  const std::string& text = value.get_ref<const std::string&>();
  if (kMethods.contains(text)) return false;
  return text.size() > 2 && std::isupper(static_cast<unsigned char>(text[0])) != 0 &&
         std::ranges::all_of(text, [](unsigned char c) {
           return std::isupper(c) != 0 || std::isdigit(c) != 0 || c == '_';
         });
}

class Change {
 public:
  Change(Capture& capture, Random& random) : capture_(capture), random_(random) {}

  Mutant make() {
    static constexpr std::array kKinds = {
        &Change::drop_section,   &Change::retype_section, &Change::break_section,
        &Change::swap_sections,  &Change::double_section, &Change::break_list,
        &Change::drop_entry,     &Change::drop_entry,     &Change::double_entry,
        &Change::swap_entries,   &Change::break_entry,    &Change::break_body,
        &Change::retype_body,    &Change::exchange_body,  &Change::drop_node,
        &Change::drop_node,      &Change::break_node,     &Change::break_node,
        &Change::break_node,     &Change::break_node,     &Change::break_node,
        &Change::null_node,      &Change::break_enum,     &Change::retype_node,
        &Change::change_element, &Change::change_text,    &Change::cut_off};
    while (mutant_.what.empty()) {
      (this->*kKinds[random_.below(kKinds.size())])();
      if (!mutant_.what.empty()) break;
      restore();
      mutant_ = {};
    }
    if (!mutant_.touched.empty() && !mutant_.input) {
      spoils(capture_.entries[*mutant_.touched.begin()].section);
    }
    if (mutant_.text.empty()) mutant_.text = capture_.dump.dump();
    restore();
    return std::move(mutant_);
  }

 private:
  Json& configs() { return capture_.dump["configs"]; }

  // Before anything is changed.
  Json& section(std::size_t index) {
    if (saved_.is_null()) saved_ = configs();
    return configs()[index];
  }
  void restore() {
    if (!saved_.is_null()) configs() = std::move(saved_);
    saved_ = nullptr;
  }
  std::size_t any_section() { return random_.below(configs().size()); }
  std::size_t any_entry() { return random_.below(capture_.entries.size()); }
  Json& list_of(const Entry& entry) { return section(entry.section)[entry.list]; }
  Json& holder_of(const Entry& entry) { return list_of(entry)[entry.index]; }
  Json& body_of(const Entry& entry) { return holder_of(entry)[Json::json_pointer(entry.body)]; }

  void spoils(std::size_t index) {
    static const std::map<std::string, rules::Input> kInputs = {
        {"BootstrapConfigDump", rules::Input::kBootstrap},
        {"ClustersConfigDump", rules::Input::kClusters},
        {"EndpointsConfigDump", rules::Input::kEndpoints},
        {"ListenersConfigDump", rules::Input::kListeners},
        {"ScopedRoutesConfigDump", rules::Input::kRoutes},
        {"RoutesConfigDump", rules::Input::kRoutes},
        {"SecretsConfigDump", rules::Input::kSecrets}};
    const auto found = kInputs.find(type_of(index));
    if (found != kInputs.end()) mutant_.input = found->second;
  }
  void say(Effect effect, std::string what) {
    mutant_.effect = effect;
    mutant_.what = std::move(what);
  }
  void touch_section(std::size_t index, const std::string& list = {}) {
    for (std::size_t i = 0; i < capture_.entries.size(); ++i) {
      const Entry& entry = capture_.entries[i];
      if (entry.section == index && (list.empty() || entry.list == list)) mutant_.touched.insert(i);
    }
  }
  std::string type_of(std::size_t index) {
    const std::string type = configs()[index].value("@type", "");
    return type.substr(type.rfind('.') + 1);
  }
  static std::string label(const Entry& entry) {
    return fmt::format("{}/{} '{}'", entry.list, entry.index, entry.name);
  }

  void drop_section() {
    const std::size_t index = any_section();
    say(Effect::kUnknown, "drop " + type_of(index));
    section(index);
    spoils(index);
    touch_section(index);
    mutant_.dropped = mutant_.touched;
    configs().erase(configs().begin() + static_cast<std::ptrdiff_t>(index));
  }
  void retype_section() {
    const std::size_t index = any_section();
    say(Effect::kUnknown, "another type for " + type_of(index));
    spoils(index);
    Json& changed = section(index);
    // Bare lists would tell the section again.
    changed = {{"@type", "type.googleapis.com/envoy.admin.v3.MutantConfigDump"}};
    touch_section(index);
    mutant_.dropped = mutant_.touched;
    mutant_.structural = true;
  }
  void break_section() {
    const std::size_t index = any_section();
    say(Effect::kUnknown, "a string in place of " + type_of(index));
    spoils(index);
    section(index) = "mutant";
    touch_section(index);
    mutant_.dropped = mutant_.touched;
    mutant_.structural = true;
  }
  void swap_sections() {
    const std::size_t one = any_section();
    const std::size_t two = any_section();
    say(Effect::kSame, fmt::format("swap {} and {}", type_of(one), type_of(two)));
    std::swap(section(one), section(two));
  }
  void double_section() {
    const std::size_t index = any_section();
    say(Effect::kSame, "twice: " + type_of(index));
    const Json copy = section(index);
    configs().push_back(copy);
  }
  void break_list() {
    const Entry& entry = capture_.entries[any_entry()];
    say(Effect::kBroken, "a string in place of " + entry.list);
    list_of(entry) = "mutant";
    touch_section(entry.section, entry.list);
    mutant_.structural = true;
  }
  void drop_entry() {
    const std::size_t index = any_entry();
    const Entry& entry = capture_.entries[index];
    say(Effect::kChanged, "drop " + label(entry));
    Json& list = list_of(entry);
    list.erase(list.begin() + static_cast<std::ptrdiff_t>(entry.index));
    mutant_.touched = {index};
    mutant_.dropped = {index};
  }
  void double_entry() {
    const std::size_t index = any_entry();
    const Entry& entry = capture_.entries[index];
    say(Effect::kSame, "twice: " + label(entry));
    const Json copy = holder_of(entry);
    list_of(entry).push_back(copy);
    mutant_.touched = {index};
  }
  void swap_entries() {
    const Entry& entry = capture_.entries[any_entry()];
    Json& list = list_of(entry);
    const std::size_t other = random_.below(list.size());
    say(Effect::kSame, fmt::format("swap {} and {}", label(entry), other));
    std::swap(list[entry.index], list[other]);
  }
  void break_entry() {
    const std::size_t index = any_entry();
    const Entry& entry = capture_.entries[index];
    say(Effect::kBroken, "a string in place of " + label(entry));
    holder_of(entry) = "mutant";
    mutant_.touched = {index};
    mutant_.structural = true;
  }
  void break_body() {
    const std::size_t index = any_entry();
    const Entry& entry = capture_.entries[index];
    say(Effect::kBroken, "no resource in " + label(entry));
    body_of(entry) = of_wrong_type(body_of(entry));
    mutant_.touched = {index};
    mutant_.structural = true;
  }
  void retype_body() {
    const std::size_t index = any_entry();
    const Entry& entry = capture_.entries[index];
    Json& body = body_of(entry);
    if (!body.contains("@type")) return;
    say(Effect::kBroken, "another type in " + label(entry));
    body["@type"] = "type.googleapis.com/envoy.config.mutant.v3.Mutant";
    mutant_.touched = {index};
    mutant_.structural = true;
  }
  // A cluster where a listener should be.
  void exchange_body() {
    const std::size_t index = any_entry();
    const Entry& entry = capture_.entries[index];
    const Entry& other = capture_.entries[any_entry()];
    if (entry.section == other.section || !body_of(other).contains("@type")) return;
    say(Effect::kBroken, fmt::format("{} holds {}", label(entry), label(other)));
    const Json copy = body_of(other);
    body_of(entry) = copy;
    mutant_.touched = {index};
    mutant_.structural = true;
  }

  // Some value inside some resource.
  Node any_node(Json& body, bool (*fits)(const Json&)) {
    std::vector<Node> nodes;
    collect(body, {}, nodes);
    std::erase_if(nodes, [&](const Node& node) { return !fits(*node.value); });
    return nodes.empty() ? Node{nullptr, {}} : nodes[random_.below(nodes.size())];
  }
  Node pick(const Entry& entry, std::size_t index, bool (*fits)(const Json&)) {
    Node node = any_node(body_of(entry), fits);
    mutant_.touched = {index};
    return node;
  }
  static bool any(const Json&) { return true; }

  void change_node(Effect effect, const char* how, bool (*fits)(const Json&),
                   void (*change)(Json&)) {
    const std::size_t index = any_entry();
    const Entry& entry = capture_.entries[index];
    const Node node = pick(entry, index, fits);
    if (node.value == nullptr) return;
    say(effect, fmt::format("{} {} of {}", how, node.pointer, label(entry)));
    change(*node.value);
  }
  void drop_node() {
    const std::size_t index = any_entry();
    const Entry& entry = capture_.entries[index];
    const Node node = pick(entry, index, any);
    if (node.value == nullptr) return;
    say(Effect::kChanged, fmt::format("drop {} of {}", node.pointer, label(entry)));
    std::vector<Node> nodes;
    collect(body_of(entry), {}, nodes);
    const std::string parent = node.pointer.substr(0, node.pointer.rfind('/'));
    const std::string last = node.pointer.substr(parent.size() + 1);
    Json* holder = parent.empty() ? &body_of(entry) : nullptr;
    for (const Node& other : nodes) {
      if (other.pointer == parent) holder = other.value;
    }
    if (holder->is_object()) {
      holder->erase(last);
    } else {
      holder->erase(holder->begin() + std::stol(last));
    }
  }
  void break_node() {
    change_node(Effect::kBroken, "wrong type for", any,
                [](Json& value) { value = of_wrong_type(value); });
  }
  void null_node() {
    change_node(
        Effect::kChanged, "null for", [](const Json& value) { return !value.is_object(); },
        [](Json& value) { value = nullptr; });
  }
  void break_enum() {
    change_node(Effect::kBroken, "no such value for", is_enum,
                [](Json& value) { value = "MUTANT_VALUE"; });
  }
  void retype_node() {
    mutant_.sound = true;
    change_node(
        Effect::kBroken, "another type for",
        [](const Json& value) { return value.is_object() && value.contains("@type"); },
        [](Json& value) {
          value["@type"] = "type.googleapis.com/envoy.extensions.mutant.v3.Mutant";
        });
  }
  void change_element() {
    const auto list = [](const Json& value) { return value.is_array() && !value.empty(); };
    const std::size_t which = random_.below(2);
    change_node(
        Effect::kChanged, which == 0 ? "twice the last of" : "turned round:", list,
        which == 0 ? [](Json& value) { value.push_back(Json(value.back())); }
                   : [](Json& value) { std::reverse(value.begin(), value.end()); });
  }
  void change_text() {
    const auto text = [](const Json& value) { return value.is_string(); };
    static constexpr std::array<void (*)(Json&), 5> kChanges = {
        [](Json& value) { value = ""; },
        [](Json& value) { value = "\x01\x1b[31m\"\\\n\xf0\x9f\x92\xa5"; },
        [](Json& value) { value = std::string(5000, 'x'); },
        [](Json& value) { value = "(((((a{1000}){1000}){1000}"; },
        [](Json& value) { value = "99999999999999999999"; }};
    change_node(Effect::kChanged, "another text for", text,
                kChanges[random_.below(kChanges.size())]);
  }
  void cut_off() {
    mutant_.text = capture_.dump.dump();
    const std::size_t at = 1 + random_.below(mutant_.text.size() - 1);
    mutant_.text.resize(at);
    say(Effect::kCutOff, fmt::format("cut off after {} bytes", at));
  }

  Capture& capture_;
  Random& random_;
  Mutant mutant_;
  Json saved_ = nullptr;
};

}  // namespace

Mutant mutate(Capture& capture, Random& random) { return Change(capture, random).make(); }

}  // namespace xdscope::mutation
