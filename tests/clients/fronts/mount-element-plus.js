// The page around the component: it shows what it is told.
import { createApp } from "vue";
import GrantedUpload from "docs/clients/element-plus.vue";

export function mount(grants, told) {
  const props = {
    grants,
    onStored: ({ key }) => told.push(["stored", key]),
    onRefused: ({ message }) => told.push(["refused", message]),
  };
  createApp(GrantedUpload, props).mount(document.body.appendChild(document.createElement("div")));
}
