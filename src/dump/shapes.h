// The shapes in which a proxy's configuration comes, told by type URLs and field names.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "xdscope/json.h"
#include "xdscope/snapshot.h"

namespace xdscope {

// A list of entries inside a section: {"static_clusters": [{"cluster": {…}}, …]}.
struct EntryList {
  Section section;
  std::string_view field;    // in the section's message
  std::string_view element;  // the entry's own type below the section's, as ?resource= gives it
  std::string_view body;  // the field of the entry that holds the resource; "" for the entry itself
  ResourceState state;
};

// In the order in which istioctl lists them: dynamic before static, for secrets warming before
// active (istioctl/pkg/util/configdump).
std::span<const EntryList> entry_lists();

// What an object is.
struct Shape {
  enum class Kind {
    kUnknown,
    kDump,       // {"configs": …}: sections, or elements of sections
    kSection,    // one …ConfigDump
    kElement,    // one entry of a section, as ?resource= gives it
    kResource,   // a bare Listener, Cluster, …
    kBootstrap,  // a bare Bootstrap: a static configuration file
    kReply,      // another admin reply: /clusters, /certs, …
  };
  Kind kind = Kind::kUnknown;
  Section section = Section::kCount;
  // For kElement: the list the entry belongs to.
  const EntryList* list = nullptr;
};

// By @type where there is one, else by the fields that only one message has.
Shape recognize(json::Value object);

// Whether a message may be a resource of the section, as far as its @type tells.
bool fits_section(json::Value body, Section section);

}  // namespace xdscope
