/// Places spread evenly over `count` things, at most `most` of them: an odd number apart, so that in an image they are not
/// the same columns of every row.
package func evenPlaces(of count: Int, atMost most: Int) -> StrideTo<Int> {
    stride(from: 0, to: count, by: (count + most - 1) / max(1, most) | 1)
}
