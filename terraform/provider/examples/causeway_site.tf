resource "causeway_site" "fra" {
  name = "fra"
}

resource "causeway_site" "lon" {
  name   = "lon"
  tunnel = { type = "gre" }
}
