// Products of the factors: included by winogradTiles.h.

// Columns of a panel: as many as two registers hold, where they divide the outputs.
static int64_t PanelWidth(int64_t outputs) { return outputs % (2 * LANES) == 0 ? 2 * LANES : LANES; }

// A product of matrices of factors: `terms` are summed, rows and terms lie so far apart in the left matrix, terms in the right one,
// and rows in the result.
struct Product {
  int64_t terms, leftRow, leftTerm, rightTerm, resultRow;
};

// `rows` rows of a product and LANES · vectors columns, held in registers. Sums run over the terms in their order, whatever the
// number of rows: a row does not depend on what is computed beside it.
template <int rows, int vectors, bool adds>
TARGET static void Multiply(const Product &of, const Factor *left, const Factor *right, float *to) {
  Register sums[rows][vectors];
#pragma GCC unroll 32
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) sums[r][v] = adds ? Load(to + r * of.resultRow + LANES * v) : Register{};
  for (int64_t k = 0; k < of.terms; k++, left += of.leftTerm, right += of.rightTerm) {
    Factors b[vectors];
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) b[v] = LoadFactors(right + LANES * v);
#pragma GCC unroll 32
    for (int r = 0; r < rows; r++) {
      const Factors a = Spread(left[r * of.leftRow]);
#pragma GCC unroll 2
      for (int v = 0; v < vectors; v++) sums[r][v] = MultiplyAdd(sums[r][v], a, b[v]);
    }
  }
#pragma GCC unroll 32
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 2
    for (int v = 0; v < vectors; v++) Store(to + r * of.resultRow + LANES * v, sums[r][v]);
}

// Rows at a time; fewer columns leave registers for more of them.
static constexpr int RowsOf(int vectors) { return vectors == 1 ? ROWS + 2 : ROWS; }

template <int vectors, bool adds, int rows = RowsOf(vectors)>
TARGET static void MultiplyRows(const Product &of, int64_t count, const Factor *left, const Factor *right, float *to) {
  if (count == rows) return Multiply<rows, vectors, adds>(of, left, right, to);
  if constexpr (rows > 1) MultiplyRows<vectors, adds, rows - 1>(of, count, left, right, to);
}

// `count` rows in strips of about equal height.
template <int vectors, bool adds>
TARGET static void MultiplyPanel(const Product &of, int64_t count, const Factor *left, const Factor *right, float *to) {
  const int64_t height = Ceil(count, Ceil(count, RowsOf(vectors)));
  for (int64_t r = 0; r < count; r += height)
    MultiplyRows<vectors, adds>(of, std::min(height, count - r), left + r * of.leftRow, right, to + r * of.resultRow);
}
