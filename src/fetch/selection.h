// Which pods an object of the cluster selects.
#pragma once

#include <string>
#include <vector>

#include "xdscope/error.h"
#include "xdscope/json.h"

namespace xdscope::fetch {

struct PodSelection {
  std::string namespace_;  // "": the context's, or every one
  bool all_namespaces = false;
  std::string selector;  // a label selector; "": every pod

  // As options of `kubectl get pods`.
  std::vector<std::string> flags() const;
};

// Where to look for the pods of an object, in the order in which to try: a Gateway's may be in
// another namespace. An error where it selects none.
Result<std::vector<PodSelection>> selections_of(json::Value object);

// "deployment web.shop", for messages.
std::string name_of_object(json::Value object);

}  // namespace xdscope::fetch
