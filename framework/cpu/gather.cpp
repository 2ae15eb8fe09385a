// The loops of choosing elements by their indices, and of the adjoint;
// framework/formulas/gather.hpp has the formulas.
#include "framework/formulas/gather.hpp"

#include "framework/cpu/families.hpp"
#include "framework/cpu/simd/loops.hpp"

namespace credence::cpu {
namespace CREDENCE_ISA {
namespace {

template <class T>
void gather(const GatherShape& s, const T* x, const std::int64_t* index, T* y) {
  parallel_for(s.chosen(), kGrain, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t at = begin; at < end; ++at) y[at] = formulas::gathered(s, x, index, at);
  });
}

// Every column belongs to one thread, which adds in the order of the indices.
template <class T>
void scatter_add(const GatherShape& s, const T* grad_y, const std::int64_t* index, T* grad_x) {
  const std::int64_t work = s.count < 1 ? 1 : s.count;
  parallel_for(s.columns(), work >= kGrain ? 1 : kGrain / work,
               [&](std::int64_t begin, std::int64_t end) {
                 for (std::int64_t column = begin; column < end;) {
                   const std::int64_t o = column / s.inner;
                   const std::int64_t first = column % s.inner;
                   const std::int64_t left = end - column;
                   const std::int64_t last = first + left < s.inner ? first + left : s.inner;
                   for (std::int64_t c = 0; c < s.count; ++c) {
                     const T* const row = grad_y + (o * s.count + c) * s.inner;
                     for (std::int64_t i = first; i < last; ++i) {
                       formulas::scatter(s, row[i], s.index_at(index, o, c, i), o, i, grad_x);
                     }
                   }
                   column += last - first;
                 }
               });
}

template <class T>
void list(Kernels<T>& table) {
  table.gather = &gather<T>;
  table.scatter_add = &scatter_add<T>;
}

}  // namespace

void list_gather(Kernels<Element>& table) { list(table); }

}  // namespace CREDENCE_ISA
}  // namespace credence::cpu
