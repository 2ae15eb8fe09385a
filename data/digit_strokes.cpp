// The strokes of the ten digits, each digit in three ways of writing it.
#include "data/digit_strokes.hpp"

#include <array>
#include <cstddef>

namespace credence::data {
namespace {

// Zero: round; narrow; closed with an overlapping hook.
constexpr ControlPoint kZeroRound[] = {{0.56F, 0.01F}, {0.22F, 0.15F}, {0.03F, 0.52F},
                                       {0.22F, 0.91F}, {0.55F, 0.99F}, {0.88F, 0.8F},
                                       {0.98F, 0.44F}, {0.82F, 0.1F},  {0.5F, 0.02F}};
constexpr ControlPoint kZeroNarrow[] = {{0.7F, 0.04F},  {0.38F, 0.06F}, {0.1F, 0.4F},
                                        {0.06F, 0.78F}, {0.32F, 1.0F},  {0.7F, 0.82F},
                                        {0.95F, 0.4F},  {0.86F, 0.08F}, {0.6F, 0.0F}};
constexpr ControlPoint kZeroHook[] = {{0.36F, 0.1F}, {0.1F, 0.32F},  {0.04F, 0.68F}, {0.3F, 0.98F},
                                      {0.7F, 0.94F}, {0.96F, 0.58F}, {0.86F, 0.16F}, {0.5F, 0.02F},
                                      {0.3F, 0.14F}, {0.42F, 0.26F}};

// One: a bare stroke; with an upstroke; with an upstroke and a foot.
constexpr ControlPoint kOneBare[] = {{0.52F, 0.0F}, {0.5F, 0.5F}, {0.48F, 1.0F}};
constexpr ControlPoint kOneFlag[] = {
    {0.12F, 0.26F}, {0.6F, 0.0F, true}, {0.58F, 0.5F}, {0.56F, 1.0F}};
constexpr ControlPoint kOneFoot[] = {{0.08F, 0.99F}, {0.5F, 0.98F}, {0.98F, 0.98F}};

// Two: sharp foot; looped foot; angular.
constexpr ControlPoint kTwoSharp[] = {{0.06F, 0.24F}, {0.3F, 0.03F}, {0.7F, 0.04F},
                                      {0.86F, 0.28F}, {0.62F, 0.6F}, {0.06F, 0.98F, true},
                                      {0.5F, 0.95F},  {0.98F, 0.96F}};
constexpr ControlPoint kTwoLoop[] = {{0.1F, 0.2F},  {0.4F, 0.0F},   {0.78F, 0.16F}, {0.68F, 0.52F},
                                     {0.32F, 0.9F}, {0.08F, 0.96F}, {0.08F, 0.8F},  {0.3F, 0.78F},
                                     {0.6F, 0.94F}, {0.98F, 0.92F}};
constexpr ControlPoint kTwoAngular[] = {{0.04F, 0.12F}, {0.5F, 0.02F},  {0.9F, 0.14F},
                                        {0.72F, 0.48F}, {0.36F, 0.76F}, {0.02F, 1.0F, true},
                                        {0.96F, 0.98F}};

// Three: round; flat top; looped waist.
constexpr ControlPoint kThreeRound[] = {{0.06F, 0.14F}, {0.44F, 0.0F},        {0.84F, 0.16F},
                                        {0.72F, 0.4F},  {0.32F, 0.48F, true}, {0.76F, 0.54F},
                                        {0.94F, 0.76F}, {0.56F, 1.0F},        {0.02F, 0.88F}};
constexpr ControlPoint kThreeFlat[] = {{0.06F, 0.04F}, {0.86F, 0.02F, true}, {0.4F, 0.4F, true},
                                       {0.8F, 0.5F},   {0.92F, 0.76F},       {0.54F, 1.0F},
                                       {0.04F, 0.9F}};
constexpr ControlPoint kThreeLoop[] = {
    {0.12F, 0.1F},  {0.56F, 0.0F}, {0.84F, 0.18F}, {0.6F, 0.42F}, {0.3F, 0.5F},
    {0.36F, 0.42F}, {0.66F, 0.5F}, {0.88F, 0.74F}, {0.5F, 0.99F}, {0.04F, 0.94F}};

// Four: open top; closed top; rounded bowl.
constexpr ControlPoint kFourOpenLeft[] = {
    {0.22F, 0.02F}, {0.14F, 0.3F}, {0.04F, 0.56F, true}, {0.5F, 0.56F}, {0.98F, 0.52F}};
constexpr ControlPoint kFourOpenStem[] = {{0.78F, 0.04F}, {0.74F, 0.5F}, {0.68F, 1.0F}};
constexpr ControlPoint kFourClosed[] = {
    {0.72F, 0.0F, true}, {0.34F, 0.36F}, {0.02F, 0.66F, true}, {0.98F, 0.64F}};
constexpr ControlPoint kFourClosedStem[] = {{0.72F, 0.0F}, {0.72F, 0.5F}, {0.7F, 1.0F}};
constexpr ControlPoint kFourBowl[] = {
    {0.14F, 0.0F}, {0.04F, 0.28F}, {0.24F, 0.5F}, {0.56F, 0.48F}, {0.88F, 0.34F}};
constexpr ControlPoint kFourBowlStem[] = {{0.94F, 0.02F}, {0.86F, 0.46F}, {0.76F, 1.0F}};

// Five: one stroke; a separate bar; rounded like an S.
constexpr ControlPoint kFiveOne[] = {{0.9F, 0.02F},  {0.24F, 0.04F, true}, {0.16F, 0.46F, true},
                                     {0.56F, 0.38F}, {0.92F, 0.6F},        {0.76F, 0.92F},
                                     {0.36F, 1.0F},  {0.02F, 0.9F}};
constexpr ControlPoint kFiveBody[] = {{0.28F, 0.06F}, {0.2F, 0.42F, true}, {0.6F, 0.38F},
                                      {0.9F, 0.66F},  {0.58F, 0.98F},      {0.06F, 0.92F}};
constexpr ControlPoint kFiveBar[] = {{0.28F, 0.05F}, {0.64F, 0.04F}, {0.98F, 0.0F}};
constexpr ControlPoint kFiveRound[] = {{0.94F, 0.04F}, {0.5F, 0.04F}, {0.2F, 0.18F},
                                       {0.28F, 0.4F},  {0.7F, 0.54F}, {0.82F, 0.8F},
                                       {0.46F, 1.0F},  {0.04F, 0.92F}};

// Six: curved; straight stem with a small bowl; wide bowl.
constexpr ControlPoint kSixCurved[] = {{0.8F, 0.02F},  {0.4F, 0.18F},  {0.1F, 0.56F},
                                       {0.22F, 0.94F}, {0.62F, 0.99F}, {0.92F, 0.76F},
                                       {0.66F, 0.54F}, {0.28F, 0.64F}, {0.16F, 0.82F}};
constexpr ControlPoint kSixStem[] = {{0.42F, 0.0F},  {0.18F, 0.38F}, {0.06F, 0.74F}, {0.28F, 0.99F},
                                     {0.68F, 0.94F}, {0.82F, 0.74F}, {0.56F, 0.62F}, {0.14F, 0.8F}};
constexpr ControlPoint kSixWide[] = {{0.66F, 0.0F}, {0.22F, 0.28F}, {0.04F, 0.66F}, {0.32F, 0.98F},
                                     {0.8F, 0.9F},  {0.94F, 0.62F}, {0.6F, 0.44F},  {0.16F, 0.62F}};

// Seven: plain; crossed; with a serif.
constexpr ControlPoint kSevenPlain[] = {
    {0.04F, 0.06F}, {0.46F, 0.06F}, {0.94F, 0.02F, true}, {0.6F, 0.46F}, {0.4F, 1.0F}};
constexpr ControlPoint kSevenBar[] = {{0.26F, 0.52F}, {0.54F, 0.5F}, {0.86F, 0.48F}};
constexpr ControlPoint kSevenSerif[] = {{0.04F, 0.24F},       {0.08F, 0.04F, true}, {0.5F, 0.08F},
                                        {0.92F, 0.04F, true}, {0.72F, 0.44F},       {0.56F, 1.0F}};

// Eight: one stroke from the upper right; two ovals; one stroke from the middle.
constexpr ControlPoint kEightOne[] = {{0.82F, 0.12F}, {0.46F, 0.0F}, {0.14F, 0.18F}, {0.44F, 0.44F},
                                      {0.84F, 0.7F},  {0.54F, 1.0F}, {0.12F, 0.8F},  {0.46F, 0.5F},
                                      {0.86F, 0.22F}, {0.72F, 0.06F}};
constexpr ControlPoint kEightUpper[] = {
    {0.5F, 0.46F}, {0.18F, 0.26F}, {0.48F, 0.0F}, {0.82F, 0.22F}, {0.52F, 0.46F}};
constexpr ControlPoint kEightLower[] = {
    {0.5F, 0.46F}, {0.06F, 0.74F}, {0.48F, 1.0F}, {0.92F, 0.72F}, {0.52F, 0.46F}};
constexpr ControlPoint kEightMiddle[] = {
    {0.48F, 0.5F}, {0.16F, 0.3F},  {0.4F, 0.02F},  {0.8F, 0.12F},  {0.68F, 0.42F},
    {0.2F, 0.66F}, {0.22F, 0.96F}, {0.66F, 0.98F}, {0.84F, 0.74F}, {0.46F, 0.48F}};

// Nine: straight stem; curved tail; slanted, with an open loop.
constexpr ControlPoint kNineStraight[] = {{0.86F, 0.14F}, {0.5F, 0.0F},   {0.1F, 0.22F},
                                          {0.28F, 0.5F},  {0.66F, 0.44F}, {0.88F, 0.12F, true},
                                          {0.84F, 0.56F}, {0.8F, 1.0F}};
constexpr ControlPoint kNineCurved[] = {{0.86F, 0.2F},  {0.54F, 0.0F},  {0.14F, 0.16F},
                                        {0.2F, 0.46F},  {0.62F, 0.5F},  {0.88F, 0.22F},
                                        {0.88F, 0.58F}, {0.62F, 0.94F}, {0.16F, 0.96F}};
constexpr ControlPoint kNineOpen[] = {{0.74F, 0.04F}, {0.3F, 0.06F},  {0.06F, 0.32F},
                                      {0.36F, 0.5F},  {0.82F, 0.24F}, {0.92F, 0.06F, true},
                                      {0.74F, 0.56F}, {0.56F, 1.0F}};

constexpr Stroke kZeroA[] = {kZeroRound};
constexpr Stroke kZeroB[] = {kZeroNarrow};
constexpr Stroke kZeroC[] = {kZeroHook};
constexpr Stroke kOneA[] = {kOneBare};
constexpr Stroke kOneB[] = {kOneFlag};
constexpr Stroke kOneC[] = {kOneFlag, kOneFoot};
constexpr Stroke kTwoA[] = {kTwoSharp};
constexpr Stroke kTwoB[] = {kTwoLoop};
constexpr Stroke kTwoC[] = {kTwoAngular};
constexpr Stroke kThreeA[] = {kThreeRound};
constexpr Stroke kThreeB[] = {kThreeFlat};
constexpr Stroke kThreeC[] = {kThreeLoop};
constexpr Stroke kFourA[] = {kFourOpenLeft, kFourOpenStem};
constexpr Stroke kFourB[] = {kFourClosed, kFourClosedStem};
constexpr Stroke kFourC[] = {kFourBowl, kFourBowlStem};
constexpr Stroke kFiveA[] = {kFiveOne};
constexpr Stroke kFiveB[] = {kFiveBody, kFiveBar};
constexpr Stroke kFiveC[] = {kFiveRound};
constexpr Stroke kSixA[] = {kSixCurved};
constexpr Stroke kSixB[] = {kSixStem};
constexpr Stroke kSixC[] = {kSixWide};
constexpr Stroke kSevenA[] = {kSevenPlain};
constexpr Stroke kSevenB[] = {kSevenPlain, kSevenBar};
constexpr Stroke kSevenC[] = {kSevenSerif};
constexpr Stroke kEightA[] = {kEightOne};
constexpr Stroke kEightB[] = {kEightUpper, kEightLower};
constexpr Stroke kEightC[] = {kEightMiddle};
constexpr Stroke kNineA[] = {kNineStraight};
constexpr Stroke kNineB[] = {kNineCurved};
constexpr Stroke kNineC[] = {kNineOpen};

constexpr std::size_t kVariants = 3;
constexpr std::array<std::array<Skeleton, kVariants>, 10> kSkeletons{{
    {{{kZeroA, 0.78F, 0.45F}, {kZeroB, 0.62F, 0.35F}, {kZeroC, 0.72F, 0.2F}}},
    {{{kOneA, 0.3F, 0.5F}, {kOneB, 0.42F, 0.35F}, {kOneC, 0.5F, 0.15F}}},
    {{{kTwoA, 0.72F, 0.4F}, {kTwoB, 0.76F, 0.35F}, {kTwoC, 0.7F, 0.25F}}},
    {{{kThreeA, 0.64F, 0.5F}, {kThreeB, 0.64F, 0.25F}, {kThreeC, 0.64F, 0.25F}}},
    {{{kFourA, 0.7F, 0.45F}, {kFourB, 0.74F, 0.25F}, {kFourC, 0.66F, 0.3F}}},
    {{{kFiveA, 0.68F, 0.4F}, {kFiveB, 0.7F, 0.35F}, {kFiveC, 0.7F, 0.25F}}},
    {{{kSixA, 0.62F, 0.4F}, {kSixB, 0.56F, 0.3F}, {kSixC, 0.68F, 0.3F}}},
    {{{kSevenA, 0.66F, 0.5F}, {kSevenB, 0.68F, 0.25F}, {kSevenC, 0.66F, 0.25F}}},
    {{{kEightA, 0.6F, 0.5F}, {kEightB, 0.58F, 0.2F}, {kEightC, 0.6F, 0.3F}}},
    {{{kNineA, 0.58F, 0.4F}, {kNineB, 0.62F, 0.3F}, {kNineC, 0.6F, 0.3F}}},
}};

}  // namespace

std::span<const Skeleton> digit_skeletons(int digit) {
  return kSkeletons.at(static_cast<std::size_t>(digit));
}

}  // namespace credence::data
