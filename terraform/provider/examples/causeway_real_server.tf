resource "causeway_real_server" "old" {
  name   = "fra-r1"
  weight = 50
}
