resource "causeway_settings" "all" {
  removal = { services = "20%" }
}
