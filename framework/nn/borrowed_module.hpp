// A module whose parameters are other variables for some time, such as copies in float64.
#pragma once

#include "framework/core/named_tensor.hpp"
#include "framework/nn/module.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace credence::nn {

/// Sets the members of a module to others for some time. The destructor gives it its own back, with
/// the same bits. Only what the module's `visit` lists is set. The module must not move meanwhile.
class BorrowedModule : private PathVisitor {
 public:
  explicit BorrowedModule(Module& module) { module.visit(*this); }
  ~BorrowedModule() override {
    parameters_.restore();
    buffers_.restore();
  }
  BorrowedModule(const BorrowedModule&) = delete;
  BorrowedModule& operator=(const BorrowedModule&) = delete;

  /// The values of the parameters that require a gradient, float64 on the host, with their paths,
  /// in the order of visit, a tied one once.
  std::vector<NamedTensor> trained() const;
  /// Sets these parameters to `variables`, from number `first` on, and all other members to copies
  /// of their own values in the element type.
  void set(const std::vector<Variable>& variables, std::size_t first, DType dtype) const;

 private:
  // Members of a module by their places. Tied ones, of which several places hold handles, have one
  // number.
  template <class Member>
  class Places {
   public:
    void add(const std::string& path, const void* identity, Member& member) {
      const auto [known, is_new] = numbers_.try_emplace(identity, own_.size());
      if (is_new) own_.push_back({path, member});
      places_.push_back({&member, member, known->second});
    }

    // By number: the path of the first place, and the module's own member.
    const std::vector<std::pair<std::string, Member>>& own() const { return own_; }

    // Sets the places of each number to make(own member).
    template <class Make>
    void set(Make make) const {
      std::vector<Member> members;
      for (const auto& [path, member] : own_) members.push_back(make(member));
      for (const Place& place : places_) *place.member = members[place.number];
    }

    void restore() const {
      for (const Place& place : places_) *place.member = place.own;
    }

   private:
    struct Place {
      Member* member;
      Member own;
      std::size_t number;
    };

    std::vector<std::pair<std::string, Member>> own_;
    std::vector<Place> places_;
    std::map<const void*, std::size_t> numbers_;
  };

  void parameter(std::string_view name, Variable& parameter, Role) override;
  void buffer(std::string_view name, Tensor& buffer) override;

  Places<Variable> parameters_;
  Places<Tensor> buffers_;
};

}  // namespace credence::nn
